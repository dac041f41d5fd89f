package source

import (
	"context"
	"errors"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kerr"
)

// aclSync copies the source's literal topic ACLs to the target.
type aclSync struct {
	targets *Targets
	log     *slog.Logger
	changes *changes
	metrics *controlMetrics
}

// run copies what is missing. ACLs that fail are logged and do not end the run;
// an error is for the run as a whole.
func (s *aclSync) run(ctx context.Context) error {
	source, err := s.targets.source.topicACLs(ctx)
	if kerrIs(err, kerr.SecurityDisabled) {
		s.changes.once("no authorizer "+sideSource, "the source cluster has no authorizer: no ACLs to sync")
		return nil
	}
	if err != nil {
		return err
	}
	existing, err := s.targets.target.topicACLs(ctx)
	if kerrIs(err, kerr.SecurityDisabled) {
		s.changes.once("no authorizer "+sideTarget, "the target cluster has no authorizer: ACLs are not synced")
		return nil
	}
	var no *refusal
	switch {
	case errors.As(err, &no):
		// Creating an ACL that exists changes nothing, so not seeing them
		// only costs requests.
		s.log.Debug("target's ACLs cannot be read, creating all", "err", err)
		existing = nil
	case err != nil:
		return err
	}
	todo := planACLs(source, existing, s.targets.naming)
	failed, err := s.create(ctx, todo)
	if err != nil {
		return err
	}
	s.metrics.ran(s.metrics.aclSyncs, failed == 0)
	return nil
}

func (s *aclSync) create(ctx context.Context, todo []aclBinding) (failed int, err error) {
	if len(todo) == 0 {
		return 0, nil
	}
	w, err := s.targets.openWriter(ctx)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	errs, err := w.createACLs(ctx, todo)
	if err != nil {
		return 0, err
	}
	for i, b := range todo {
		key := "acl of " + b.Topic
		if err := errs[i]; err != nil {
			failed++
			s.changes.failed(key, "ACL was not synced, trying again", err, "topic", b.Topic, "principal", b.Principal, "host", b.Host)
			continue
		}
		s.changes.cleared(key, "ACLs are synced again", "topic", b.Topic)
		s.metrics.aclsCreated.Inc()
	}
	s.log.Info("ACLs synced to the target", "created", len(todo)-failed, "failed", failed)
	return failed, nil
}
