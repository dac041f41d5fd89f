package config

import "strings"

// Shown is a property as it may appear where people and tools look: secrets are
// hidden, by what their names say. A placeholder is no secret.
func Shown(key, value string) string {
	if value == "" || !secretName(key) || isPlaceholder(value) {
		return value
	}
	return Hidden
}

// secretName judges by the end of the name, because dedicated mode puts prefixes
// before the names of clients' properties.
func secretName(key string) bool {
	key = strings.ToLower(key)
	for _, end := range []string{
		"jaas.config", "keystore.key", "keystore.certificate.chain", "truststore.certificates",
		"secret", "passphrase", "user.info", "access.key", "accesskey", "token", "credentials", "credential",
	} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return strings.Contains(key, "password")
}

func isPlaceholder(value string) bool {
	return strings.HasPrefix(value, "${") && strings.Index(value, "}") == len(value)-1
}
