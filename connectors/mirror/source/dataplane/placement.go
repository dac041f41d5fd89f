package dataplane

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

func (pl *Plane) refreshFailed() func(error) {
	said := ""
	return func(err error) {
		if err.Error() != said {
			pl.log.Warn("metadata can't be read, trying again", "err", err)
			said = err.Error()
		}
	}
}

func (pl *Plane) moved(index map[string][]*partition, names []string) {
	for _, name := range names {
		for _, p := range index[name] {
			pl.place(p)
		}
	}
}

func (pl *Plane) fetcher(node int32) *fetcher {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	f := pl.fetchers[node]
	if f == nil {
		f = newFetcher(pl, node)
		pl.fetchers[node] = f
		pl.group.Go(func() error { f.run(pl.readCtx); return nil })
	}
	return f
}

func (pl *Plane) sender(node int32) *sender {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	s := pl.senders[node]
	if s == nil {
		s = newSender(pl, node)
		pl.senders[node] = s
		pl.group.Go(func() error { s.run(pl.sendCtx); return nil })
	}
	return s
}

// place takes the partition to the brokers that serve it now.
func (pl *Plane) place(p *partition) {
	src, dst := pl.sourceTopology.place(p.source), pl.targetTopology.place(p.target)
	p.mu.Lock()
	was := p.fetcher
	p.placeSource(src)
	p.placeTarget(dst)
	now := p.fetcher
	start := p.chore != choreNone && !p.working && p.wired == 0 && !p.building
	if start {
		p.working = true
	}
	s := p.list()
	p.mu.Unlock()
	if start {
		pl.startChore(p)
	}
	was.touch(p)
	if now != was {
		now.touch(p)
	}
	s.push(p)
}

func (p *partition) placeSource(at place) {
	p.sourcePlace = at
	if at.err != nil {
		p.fetcher = nil
		switch {
		case errors.Is(at.err, kerr.TopicAuthorizationFailed):
			p.fail(&DeniedError{Cluster: "source", Operation: "DESCRIBE", Resource: "topic " + p.source.topic, Err: at.err}, deniedRetry)
		case errors.Is(at.err, kerr.UnknownTopicOrPartition):
			p.pl.sayGone(p)
			p.pl.sourceTopology.staleLater(2*time.Second, p.source.topic)
		default:
			p.pl.sourceTopology.staleLater(200*time.Millisecond, p.source.topic)
		}
		return
	}
	recreated := p.sourceID != (topicID{}) && at.id != (topicID{}) && at.id != p.sourceID
	p.sourceID = at.id
	node := at.leader
	if p.replica >= 0 {
		if _, ok := p.pl.sourceTopology.address(p.replica); ok {
			node = p.replica
		}
	}
	p.fetcher = p.pl.fetcher(node)
	switch {
	case recreated:
		p.resolve(causeRecreated)
	case p.read == readResolving && !p.finding && p.failure == nil:
		p.resolve(p.cause)
	}
}

func (p *partition) placeTarget(at place) {
	p.targetErr = at.err
	if at.err != nil {
		switch {
		case errors.Is(at.err, kerr.UnknownTopicOrPartition), errors.Is(at.err, kerr.UnknownTopicID):
			p.pl.missing(p)
		case errors.Is(at.err, kerr.TopicAuthorizationFailed):
			p.fail(&DeniedError{Cluster: "target", Operation: "DESCRIBE", Resource: "topic " + p.target.topic, Err: at.err}, deniedRetry)
		default:
			p.pl.targetTopology.staleLater(200*time.Millisecond, p.target.topic)
		}
		return
	}
	if p.targetID != (topicID{}) && at.id != (topicID{}) && at.id != p.targetID {
		p.want(choreRefill)
	}
	p.targetID = at.id
	if s := p.pl.sender(at.leader); p.sender != s {
		p.sender, p.listed = s, false
	}
}

// missing notes a target topic to be created. The caller holds p.mu.
func (pl *Plane) missing(p *partition) {
	pl.mu.Lock()
	pl.ensure[p.source.topic] = struct{}{}
	pl.mu.Unlock()
	pl.targetTopology.staleLater(250*time.Millisecond, p.target.topic)
}

// sayGone reports a source topic that is not there. The caller holds p.mu.
func (pl *Plane) sayGone(p *partition) {
	if p.source.partition == 0 && p.highWater >= 0 {
		pl.log.Warn("source topic is gone; its copy stays as it is", "topic", p.source.topic)
		p.highWater = -1
	}
}

// ensureTargets has missing target topics created, in rounds.
func (pl *Plane) ensureTargets(ctx context.Context) {
	said := ""
	for wait := 200 * time.Millisecond; ; {
		pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		pl.mu.Lock()
		var topics []string
		for t := range pl.ensure {
			topics = append(topics, t)
		}
		clear(pl.ensure)
		pl.mu.Unlock()
		if len(topics) == 0 || pl.cfg.EnsureTarget == nil {
			wait = 200 * time.Millisecond
			continue
		}
		if err := pl.cfg.EnsureTarget(ctx, topics); err != nil {
			if err.Error() != said && ctx.Err() == nil {
				pl.log.Warn("target topics can't be created, trying again", "err", err)
				said = err.Error()
			}
			wait = min(wait*2, 10*time.Second)
			continue
		}
		for _, t := range topics {
			for _, p := range pl.bySource[t] {
				pl.targetTopology.stale(p.target.topic)
			}
		}
		wait = 200 * time.Millisecond
	}
}
