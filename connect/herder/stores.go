package herder

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"crosstide/connect/state"
	"crosstide/connect/storage"
	"crosstide/internal/kafka"
)

// stores are the three internal topics, open.
type stores struct {
	admin    *kafka.Admin
	config   *storage.Config
	offsets  *storage.Offsets
	statuses *storage.Statuses
}

// openStores opens the internal topics, side by side, however long it takes until
// Kafka answers. The error is one that waiting cannot cure, or ctx's.
func (h *Distributed) openStores(ctx context.Context, db *state.DB, r *run) (*stores, error) {
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	var obstacle atomic.Pointer[string]
	go func() {
		defer close(watched)
		h.watchOpening(watching, &obstacle)
	}()
	defer func() {
		stop()
		<-watched
	}()
	told := make(map[string]bool) // which topic fails first may change from try to try
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		s, err := h.tryOpen(ctx, db, r)
		var cannot *kafka.TopicError
		if err == nil || ctx.Err() != nil || errors.As(err, &cannot) {
			return s, err
		}
		text := kafka.Describe(err)
		obstacle.Store(&text)
		if !told[text] {
			told[text] = true
			h.log.Warn("the internal topics cannot be opened, trying on", "err", text)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (h *Distributed) tryOpen(ctx context.Context, db *state.DB, r *run) (_ *stores, err error) {
	s := &stores{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	adminSettings, err := h.settings.clientSettings("shared-admin")
	if err != nil {
		return nil, err
	}
	if s.admin, err = kafka.NewAdmin(adminSettings, h.log); err != nil {
		return nil, err
	}
	open := func(kind storage.TopicKind, name, role string) (storage.Opener, error) {
		client, err := h.settings.clientSettings(role)
		if err != nil {
			return nil, err
		}
		t := h.settings.topics[name]
		return storage.OpenTopic(storage.TopicConfig{
			Topic: t.name, Kind: kind, Create: t.create,
			Producer: client, Consumer: client, Admin: s.admin, Log: h.log,
		}), nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		o, err := open(storage.ConfigTopic, "config", "configs")
		if err == nil {
			s.config, err = storage.OpenConfig(gctx, storage.ConfigOptions{
				Open: o, DB: db, OnRequest: r.onRequest, MayWrite: r.mayWrite, Log: h.log,
			})
		}
		return err
	})
	g.Go(func() error {
		o, err := open(storage.OffsetTopic, "offset", "offsets")
		if err == nil {
			s.offsets, err = storage.OpenOffsets(gctx, o)
		}
		return err
	})
	g.Go(func() error {
		o, err := open(storage.StatusTopic, "status", "statuses")
		if err == nil {
			s.statuses, err = storage.OpenStatuses(gctx, storage.StatusOptions{Open: o, DB: db, Log: h.log})
		}
		return err
	})
	return s, g.Wait()
}

func (s *stores) close() error {
	var g errgroup.Group
	if s.statuses != nil {
		g.Go(s.statuses.Close)
	}
	if s.offsets != nil {
		g.Go(s.offsets.Close)
	}
	if s.config != nil {
		g.Go(s.config.Close)
	}
	err := g.Wait()
	if s.admin != nil {
		s.admin.Close()
	}
	return err
}

const (
	openingPatience = 3 * time.Second // before anything is said about slow opening
	openingInterval = 5 * time.Second
	probeInterval   = 15 * time.Second
	probeTimeout    = 5 * time.Second
)

// watchOpening says why opening takes long, once a change.
func (h *Distributed) watchOpening(ctx context.Context, obstacle *atomic.Pointer[string]) {
	h.watchCluster(ctx, openingPatience, openingInterval, func(trouble string) {
		if trouble == "" {
			trouble = "the internal topics are being opened"
			if why := obstacle.Load(); why != nil {
				trouble = "the internal topics cannot be opened: " + *why
			}
		}
		h.setTrouble(trouble)
	})
}

// watchCluster asks now and then whether the worker's cluster answers, and logs
// when that changes.
func (h *Distributed) watchCluster(ctx context.Context, first, every time.Duration, tell func(trouble string)) {
	last := ""
	for wait := first; ; wait = every {
		if last != "" {
			wait = openingInterval // to notice soon that it is back
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		probing, cancel := context.WithTimeout(ctx, probeTimeout)
		err := kafka.Reachable(probing, h.settings.kafka)
		cancel()
		if ctx.Err() != nil {
			return
		}
		now := ""
		if err != nil {
			now = kafka.Describe(err)
		}
		logReachability(h.log, last, now)
		last = now
		tell(now)
	}
}

func logReachability(log *slog.Logger, last, now string) {
	switch {
	case now == last:
	case now == "":
		log.Info("the cluster answers again")
	default:
		log.Warn("the cluster cannot be reached, trying on", "err", now)
	}
}
