package mirror

import "crosstide/connect/config"

// securityKeys are the keys of Kafka's clients that a connector's table carries
// so that they pass through dedicated mode. A connector's own clients read them
// under source.cluster. and target.cluster.; internal/kafka checks them there.
var securityKeys = []config.Key{
	protocolKey(clientKey("security.protocol", config.String, "PLAINTEXT", config.Medium)),
	clientKey("ssl.protocol", config.String, "TLSv1.3", config.Medium),
	clientKey("ssl.provider", config.String, nil, config.Medium),
	clientKey("ssl.cipher.suites", config.List, "", config.Low),
	clientKey("ssl.enabled.protocols", config.List, "TLSv1.2,TLSv1.3", config.Medium),
	clientKey("ssl.keystore.type", config.String, "JKS", config.Medium),
	clientKey("ssl.keystore.location", config.String, nil, config.High),
	clientKey("ssl.keystore.password", config.PasswordType, nil, config.High),
	clientKey("ssl.key.password", config.PasswordType, nil, config.High),
	clientKey("ssl.keystore.key", config.PasswordType, nil, config.High),
	clientKey("ssl.keystore.certificate.chain", config.PasswordType, nil, config.High),
	clientKey("ssl.truststore.certificates", config.PasswordType, nil, config.High),
	clientKey("ssl.truststore.type", config.String, "JKS", config.Medium),
	clientKey("ssl.truststore.location", config.String, nil, config.High),
	clientKey("ssl.truststore.password", config.PasswordType, nil, config.High),
	clientKey("ssl.keymanager.algorithm", config.String, "SunX509", config.Low),
	clientKey("ssl.trustmanager.algorithm", config.String, "PKIX", config.Low),
	clientKey("ssl.endpoint.identification.algorithm", config.String, "https", config.Low),
	clientKey("ssl.secure.random.implementation", config.String, nil, config.Low),
	clientKey("ssl.engine.factory.class", config.Class, nil, config.Low),
	clientKey("sasl.kerberos.service.name", config.String, nil, config.Medium),
	clientKey("sasl.kerberos.kinit.cmd", config.String, "/usr/bin/kinit", config.Low),
	clientKey("sasl.kerberos.ticket.renew.window.factor", config.Double, "0.8", config.Low),
	clientKey("sasl.kerberos.ticket.renew.jitter", config.Double, "0.05", config.Low),
	clientKey("sasl.kerberos.min.time.before.relogin", config.Long, "60000", config.Low),
	clientKey("sasl.login.refresh.window.factor", config.Double, "0.8", config.Low),
	clientKey("sasl.login.refresh.window.jitter", config.Double, "0.05", config.Low),
	clientKey("sasl.login.refresh.min.period.seconds", config.Short, "60", config.Low),
	clientKey("sasl.login.refresh.buffer.seconds", config.Short, "300", config.Low),
	clientKey("sasl.mechanism", config.String, "GSSAPI", config.Medium),
	clientKey("sasl.jaas.config", config.PasswordType, nil, config.Medium),
	clientKey("sasl.client.callback.handler.class", config.Class, nil, config.Medium),
	clientKey("sasl.login.callback.handler.class", config.Class, nil, config.Medium),
	clientKey("sasl.login.class", config.Class, nil, config.Medium),
	clientKey("sasl.login.connect.timeout.ms", config.Int, nil, config.Low),
	clientKey("sasl.login.read.timeout.ms", config.Int, nil, config.Low),
	clientKey("sasl.login.retry.backoff.max.ms", config.Long, "10000", config.Low),
	clientKey("sasl.login.retry.backoff.ms", config.Long, "100", config.Low),
	clientKey("sasl.oauthbearer.jwt.retriever.class", config.Class, "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", config.Medium),
	clientKey("sasl.oauthbearer.jwt.validator.class", config.Class, "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", config.Medium),
	clientKey("sasl.oauthbearer.scope", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.client.credentials.client.id", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.client.credentials.client.secret", config.PasswordType, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.algorithm", config.String, "RS256", config.Medium),
	clientKey("sasl.oauthbearer.assertion.claim.aud", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.claim.exp.seconds", config.Int, "300", config.Low),
	clientKey("sasl.oauthbearer.assertion.claim.iss", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.claim.jti.include", config.Boolean, "false", config.Medium),
	clientKey("sasl.oauthbearer.assertion.claim.nbf.seconds", config.Int, "60", config.Low),
	clientKey("sasl.oauthbearer.assertion.claim.sub", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.file", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.private.key.file", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.private.key.passphrase", config.PasswordType, nil, config.Medium),
	clientKey("sasl.oauthbearer.assertion.template.file", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.scope.claim.name", config.String, "scope", config.Low),
	clientKey("sasl.oauthbearer.sub.claim.name", config.String, "sub", config.Low),
	clientKey("sasl.oauthbearer.token.endpoint.url", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.jwks.endpoint.url", config.String, nil, config.Medium),
	clientKey("sasl.oauthbearer.jwks.endpoint.refresh.ms", config.Long, "3600000", config.Low),
	clientKey("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", config.Long, "10000", config.Low),
	clientKey("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", config.Long, "100", config.Low),
	clientKey("sasl.oauthbearer.clock.skew.seconds", config.Int, "30", config.Low),
	clientKey("sasl.oauthbearer.expected.audience", config.List, "", config.Low),
	clientKey("sasl.oauthbearer.expected.issuer", config.String, nil, config.Low),
	clientKey("sasl.oauthbearer.header.urlencode", config.Boolean, "false", config.Low),
}

func clientKey(name string, t config.Type, def any, rank config.Importance) config.Key {
	return config.Key{
		Name: name, Type: t, Default: def, Importance: rank,
		Doc: "As in Kafka's clients.",
	}
}

func protocolKey(k config.Key) config.Key {
	k.Validator = config.OneOfFold("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
	return k
}
