package kafka

import "crypto/tls"

// tlsMaterial is what TLS connections are made with.
type tlsMaterial struct{}

func parseTLS(props map[string]string, bad *problems) *tlsMaterial {
	bad.add(keyProtocol, props[keyProtocol], "not ready yet", "")
	return nil
}

func (t *tlsMaterial) config(host string) *tls.Config { return &tls.Config{ServerName: host} }

func (t *tlsMaterial) librdkafka(c rdConf) {}
