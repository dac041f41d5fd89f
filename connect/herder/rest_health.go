package herder

import "context"

// Answers returns nil when the herder's goroutine does, within ctx.
func (h *Distributed) Answers(ctx context.Context) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	if !r.do(ctx.Done(), func() {}) {
		return interrupted(ctx)
	}
	return nil
}

// Doing says what the herder waits for, empty when it is ready.
func (h *Distributed) Doing() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.view.trouble != "" {
		return h.view.trouble
	}
	return h.view.reason
}
