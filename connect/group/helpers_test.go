package group

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connect"
)

type (
	kmsgRequest  = kmsg.Request
	kmsgResponse = kmsg.Response
)

func tasksOf(connector string, n int) []connect.TaskID {
	var ids []connect.TaskID
	for t := range n {
		ids = append(ids, connect.TaskID{Connector: connector, Task: t})
	}
	return ids
}
