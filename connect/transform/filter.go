package transform

import (
	"crosstide/connect"
	"crosstide/connect/config"
)

var filterBuiltin = builtin{
	name: "Filter", keys: config.NewDef(),
	build: func(*config.Values, side) (apply, error) {
		return func(*connect.SourceRecord) (*connect.SourceRecord, error) { return nil, nil }, nil
	},
}
