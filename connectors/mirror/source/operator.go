package source

import (
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connectors/mirror"
)

var (
	_ connect.OffsetAlterer   = (*Connector)(nil)
	_ connect.ConfigValidator = (*Connector)(nil)
)

// AlterOffsets checks an operator's offsets; the runtime stores them.
func (c *Connector) AlterOffsets(_ map[string]string, offsets []connect.SourceOffset) error {
	var problems []string
	for _, o := range offsets {
		if err := mirror.CheckSourceOffset(o.Partition, o.Offset); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if problems != nil {
		return fmt.Errorf("these offsets cannot be stored: %s", strings.Join(problems, "; "))
	}
	return nil
}

// ValidateConfig implements [connect.ConfigValidator].
func (c *Connector) ValidateConfig(props map[string]string) error { return mirror.CheckSource(props) }
