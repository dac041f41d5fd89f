package herder

import (
	"context"
	"maps"

	"crosstide/connect"
	"crosstide/connect/state"
)

// Offsets lists the source offsets of a connector, sorted by partition.
func (h *Distributed) Offsets(ctx context.Context, connector string) ([]connect.SourceOffset, error) {
	r, err := h.runs()
	if err != nil {
		return nil, err
	}
	if _, ok := h.db.Snapshot().Connector(connector); !ok {
		return nil, notFound(connector)
	}
	all, err := r.stores.offsets.All(ctx, connector, h.log)
	return all, failed(err)
}

// AlterOffsets stores offsets of a stopped connector; a nil Offset deletes one.
// The message says what was done.
func (h *Distributed) AlterOffsets(ctx context.Context, connector string, offsets []connect.SourceOffset) (string, error) {
	if len(offsets) == 0 {
		return "", refuse(Invalid, "Partitions / offsets need to be provided for an alter offsets request")
	}
	return h.modifyOffsets(ctx, connector, "altered", func(context.Context, *run) ([]connect.SourceOffset, error) { return offsets, nil })
}

// ResetOffsets deletes all offsets of a stopped connector.
func (h *Distributed) ResetOffsets(ctx context.Context, connector string) (string, error) {
	return h.modifyOffsets(ctx, connector, "reset", func(ctx context.Context, r *run) ([]connect.SourceOffset, error) {
		all, err := r.stores.offsets.All(ctx, connector, h.log)
		for i := range all {
			all[i].Offset = nil
		}
		return all, err
	})
}

func (h *Distributed) modifyOffsets(ctx context.Context, connector, verb string, wanted func(context.Context, *run) ([]connect.SourceOffset, error)) (string, error) {
	r, err := h.writes()
	if err != nil {
		return "", err
	}
	h.changes.Lock()
	defer h.changes.Unlock()
	config, err := h.stopped(ctx, r, connector)
	if err != nil {
		return "", err
	}
	offsets, err := wanted(ctx, r)
	if err != nil {
		return "", failed(err)
	}
	altered, err := h.askToAlter(config, connector, offsets)
	if err != nil {
		return "", err
	}
	if !h.dedicated() { // there a worker that stands by may do it too
		bound, release := r.fence.bind(ctx)
		defer release()
		ctx = bound
	}
	if err := r.stores.offsets.For(connector).WriteOffsets(ctx, offsets); err != nil {
		return "", failed(err)
	}
	h.log.Info("source offsets "+verb, "connector", connector, "partitions", len(offsets))
	if altered {
		return "The offsets for this connector have been " + verb + " successfully", nil
	}
	return "The Connect framework-managed offsets for this connector have been " + verb + " successfully. However, if this connector manages offsets externally, " +
		"they will need to be manually " + verb + " in the system that the connector uses.", nil
}

// stopped returns the configuration of a connector that is stopped, with no task
// of it left running here: a late commit would undo the change.
func (h *Distributed) stopped(ctx context.Context, r *run, connector string) (map[string]string, error) {
	if err := r.stores.config.Refresh(ctx); err != nil {
		return nil, failed(err)
	}
	s := h.db.Snapshot()
	c, ok := s.Connector(connector)
	if !ok {
		return nil, notFound(connector)
	}
	if s.Target(connector) != state.Stopped || s.Tasks(connector).Count > 0 {
		return nil, refuse(Invalid, "Connectors must be in the STOPPED state before their offsets can be modified. "+
			"This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint", connector)
	}
	err := r.await(ctx, func() bool {
		for id := range r.tasks {
			if id.Connector == connector {
				return false
			}
		}
		return true
	})
	return maps.Clone(c.Config), err
}

func (h *Distributed) askToAlter(config map[string]string, connector string, offsets []connect.SourceOffset) (bool, error) {
	resolved, err := h.settings.resolve.Transform(config)
	if err != nil {
		return false, failed(err)
	}
	p, err := h.config.Plugins.Source(resolved["connector.class"])
	if err != nil {
		return false, refuse(Invalid, "%v", err)
	}
	alterer, ok := p.New().(connect.OffsetAlterer)
	if !ok {
		return false, nil
	}
	if err := alterer.AlterOffsets(resolved, offsets); err != nil {
		return false, &Error{Kind: Invalid, Message: "Offsets of connector " + connector + " were not changed: " + err.Error(), Err: err}
	}
	return true, nil
}
