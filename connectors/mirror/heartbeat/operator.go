package heartbeat

import (
	"crosstide/connect"
	"crosstide/connectors/mirror"
)

var (
	_ connect.OffsetAlterer   = (*Connector)(nil)
	_ connect.ConfigValidator = (*Connector)(nil)
)

// ValidateConfig implements [connect.ConfigValidator].
func (c *Connector) ValidateConfig(props map[string]string) error {
	return mirror.CheckHeartbeat(props)
}
