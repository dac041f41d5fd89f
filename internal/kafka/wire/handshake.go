package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
)

// handshake runs before the reading goroutine exists, so it may read and write
// in turns.
func (c *Conn) handshake(ctx context.Context, mech sasl.Mechanism) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.conn.SetDeadline(deadline)
	} else {
		_ = c.conn.SetDeadline(time.Now().Add(c.timeout))
	}
	if err := c.askVersions(); err != nil {
		return err
	}
	if mech != nil {
		if err := c.authenticate(ctx, mech); err != nil {
			return err
		}
	}
	return c.conn.SetDeadline(time.Time{})
}

func (c *Conn) askVersions() error {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "crosstide", "1"
	for _, v := range []int16{3, 0} { // KIP-511: an old broker answers version 0 with UNSUPPORTED_VERSION
		req.Version = v
		began := time.Now()
		raw, err := c.turn(req)
		c.roundTrip = time.Since(began)
		if err != nil {
			return fmt.Errorf("asking for API versions: %w", err)
		}
		resp := req.ResponseKind().(*kmsg.ApiVersionsResponse)
		if len(raw) >= 2 && int16(binary.BigEndian.Uint16(raw)) == kerr.UnsupportedVersion.Code {
			continue
		}
		if err := resp.ReadFrom(raw); err != nil {
			return fmt.Errorf("reading API versions: %w", err)
		}
		if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
			return fmt.Errorf("asking for API versions: %w", err)
		}
		c.versions = make(map[int16]versionRange, len(resp.ApiKeys))
		for _, k := range resp.ApiKeys {
			c.versions[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion}
		}
		return nil
	}
	return errors.New("the broker supports no known version of ApiVersions")
}

func (c *Conn) authenticate(ctx context.Context, mech sasl.Mechanism) error {
	shake := kmsg.NewPtrSASLHandshakeRequest()
	shake.Mechanism, shake.Version = mech.Name(), 1
	raw, err := c.turn(shake)
	if err != nil {
		return fmt.Errorf("SASL handshake: %w", err)
	}
	answer := shake.ResponseKind().(*kmsg.SASLHandshakeResponse)
	if err := answer.ReadFrom(raw); err != nil {
		return fmt.Errorf("SASL handshake: %w", err)
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return fmt.Errorf("SASL mechanism %s is not accepted (the broker offers %v): %w", mech.Name(), answer.SupportedMechanisms, err)
	}
	session, client, err := mech.Authenticate(ctx, c.addr)
	if err != nil {
		return fmt.Errorf("SASL %s: %w", mech.Name(), err)
	}
	version, ok := c.Version(int16(kmsg.SASLAuthenticate), 0, 2)
	if !ok {
		return errors.New("the broker does not support SaslAuthenticate (Kafka 1.0 or later does)")
	}
	began := time.Now()
	for done := false; !done; {
		auth := kmsg.NewPtrSASLAuthenticateRequest()
		auth.Version, auth.SASLAuthBytes = version, client
		raw, err := c.turn(auth)
		if err != nil {
			return fmt.Errorf("SASL %s: %w", mech.Name(), err)
		}
		resp := auth.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		if err := resp.ReadFrom(raw); err != nil {
			return fmt.Errorf("SASL %s: %w", mech.Name(), err)
		}
		if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
			if resp.ErrorMessage != nil {
				err = fmt.Errorf("%w (%s)", err, *resp.ErrorMessage)
			}
			return fmt.Errorf("SASL %s: %w", mech.Name(), err)
		}
		if resp.SessionLifetimeMillis > 0 {
			// Leave a fifth of the life for draining and reconnecting.
			c.expires = began.Add(time.Duration(resp.SessionLifetimeMillis) * time.Millisecond * 4 / 5)
		}
		if done, client, err = session.Challenge(resp.SASLAuthBytes); err != nil {
			return fmt.Errorf("SASL %s: %w", mech.Name(), err)
		}
		// SCRAM's last message comes from the broker; nothing is left to send.
		if done && len(client) == 0 {
			break
		}
	}
	return nil
}

// turn writes one request and reads its answer's body, header removed.
func (c *Conn) turn(req kmsg.Request) ([]byte, error) {
	c.corr++
	body := req.AppendTo(nil)
	msg := append(c.header(req.Key(), req.GetVersion(), req.IsFlexible(), c.corr, len(body)), body...)
	if _, err := c.conn.Write(msg); err != nil {
		return nil, err
	}
	var head [8]byte
	if _, err := io.ReadFull(c.br, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the broker closed the connection during the handshake: a TLS listener reached in plain text, or the other way round, looks like this (check security.protocol and the port)")
		}
		return nil, err
	}
	size := int32(binary.BigEndian.Uint32(head[:]))
	if size < 4 || size > 16<<20 {
		return nil, fmt.Errorf("not a Kafka answer (%d bytes announced): is this a TLS listener? (check security.protocol and the port)", uint32(size))
	}
	if corr := int32(binary.BigEndian.Uint32(head[4:])); corr != c.corr {
		return nil, fmt.Errorf("answer %d to request %d", corr, c.corr)
	}
	b := &Body{r: c.br, left: int(size) - 4}
	if req.IsFlexible() && req.Key() != int16(kmsg.ApiVersions) { // ApiVersions answers keep the old header (KIP-511)
		b.skipTags()
	}
	return b.Rest()
}
