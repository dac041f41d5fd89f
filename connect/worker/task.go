package worker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"crosstide/connect"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
)

// TaskSpec says what task to run.
type TaskSpec struct {
	ID connect.TaskID
	// Config is the task's configuration and ConnectorConfig the one its
	// connector had when it made it, both as stored.
	Config, ConnectorConfig map[string]string
	Paused                  bool
}

// Task is a running task. Its methods may be called from any goroutine.
type Task struct {
	worker  *Worker
	spec    TaskSpec
	log     *slog.Logger
	life    *life
	pause   *pauseSwitch
	offsets *gatedOffsets
}

// StartTask starts a task and returns at once; how it goes is reported.
func (w *Worker) StartTask(spec TaskSpec) *Task {
	life, soft, hard := newLife(w.config.Settings.TaskStopGrace)
	t := &Task{
		worker: w, spec: spec, life: life, pause: newPauseSwitch(spec.Paused),
		log:     w.config.Log.With("connector", spec.ID.Connector, "task", spec.ID.Task),
		offsets: &gatedOffsets{inner: w.config.Offsets(spec.ID.Connector)},
	}
	life.onAbandon = func() {
		t.log.Warn("task did not stop in time and was abandoned", "grace", w.config.Settings.TaskStopGrace)
		t.offsets.shut.Store(true)
		// The last word, and not the abandoned task's own.
		t.send(state.StatusUnassigned, "", "")
	}
	w.wg.Go(func() {
		defer life.ended()
		t.run(soft, hard)
	})
	return t
}

// Spec returns what the task was started with.
func (t *Task) Spec() TaskSpec { return t.spec }

// SetPaused pauses or resumes.
func (t *Task) SetPaused(paused bool) { t.pause.set(paused) }

// Stop tells the task to stop, and returns at once.
func (t *Task) Stop(cause error) { t.life.stop(cause) }

// Fence is Stop for a task that is no longer this worker's: from when it returns,
// nothing more of the task is committed.
func (t *Task) Fence(cause error) {
	t.offsets.shut.Store(true)
	t.life.stop(cause)
}

// Gone is closed when the task has ended or was abandoned.
func (t *Task) Gone() <-chan struct{} { return t.life.gone }

// run makes attempts until it is told to stop.
func (t *Task) run(ctx, hard context.Context) {
	restarts := t.worker.config.Settings.restartsFor(t.spec.ConnectorConfig)
	for ctx.Err() == nil {
		began := time.Now()
		err := guard(func() error { return t.attempt(ctx, hard) })
		if ctx.Err() != nil {
			if err != nil {
				t.log.Warn("task ended with an error while it was being stopped", "err", err)
			}
			break
		}
		if err == nil {
			err = fmt.Errorf("task %s returned although nobody stopped it", t.spec.ID)
		}
		t.report(state.StatusFailed, trace(err), "")
		pause, again := restarts.after(err, time.Since(began))
		if !again {
			t.log.Error("task failed and waits for a restart", "err", err)
			<-ctx.Done()
			break
		}
		t.log.Error("task failed, it will be started again", "in", pause.Round(time.Millisecond), "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	t.report(state.StatusUnassigned, "", "")
}

// attempt is one life of the plugin's task: from NewTask to Stop.
func (t *Task) attempt(ctx, hard context.Context) (err error) {
	w := t.worker
	source, props, form, err := t.prepare()
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, form.chain.close()) }()
	connector := source.New()
	version := connector.Version()
	if !t.awaitResumed(ctx, version) {
		return nil
	}
	metrics := newScope(w.config.Metrics, t.spec.ID.Connector, t.spec.ID.Task)
	defer metrics.close()
	tc := &taskContext{task: t, log: t.log, metrics: metrics, form: form, connectorConfig: props.connector}
	task := connector.NewTask()
	driven, isDriven := task.(connect.SelfDriven)
	if isDriven {
		if err := form.converters.errIfOtherThanBytes(); err != nil {
			return connect.Permanent(err)
		}
	}
	// Stop is owed even if Start fails half-way: it may have opened things.
	defer func() { err = joinStop(err, guard(task.Stop)) }()
	if err := task.Start(ctx, tc, maps.Clone(props.task)); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	t.log.Info("task started")
	if isDriven {
		return t.drive(ctx, driven, version)
	}
	return t.poll(ctx, hard, task, tc, version)
}

// joinStop keeps the first error: what fails while stopping after a failure is
// only its echo.
func joinStop(err, stopErr error) error {
	if err == nil && stopErr != nil {
		return fmt.Errorf("stopping: %w", stopErr)
	}
	return err
}

// resolved are configurations with their placeholders replaced.
type resolved struct{ task, connector map[string]string }

// form is what is done to a task's records on their way.
type form struct {
	chain      chain
	converters converters
}

func (t *Task) prepare() (s plugin.Source, r resolved, f form, err error) {
	if r.connector, err = t.worker.resolve(t.spec.ConnectorConfig); err != nil {
		return s, r, f, err
	}
	if r.task, err = t.worker.resolve(t.spec.Config); err != nil {
		return s, r, f, err
	}
	if s, err = t.worker.config.Plugins.Source(r.connector["connector.class"]); err != nil {
		return s, r, f, connect.Permanent(err)
	}
	if f.converters, err = newConverters(t.worker.config.Plugins, r.connector, t.worker.config.Props); err != nil {
		return s, r, f, connect.Permanent(err)
	}
	if f.chain, err = newChain(t.worker.config.Plugins, r.connector); err != nil {
		return s, r, f, connect.Permanent(err)
	}
	return s, r, f, nil
}

// drive runs a task that moves data by itself.
func (t *Task) drive(ctx context.Context, task connect.SelfDriven, version string) error {
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		t.reportPauses(watching, version)
	}()
	defer func() {
		stop()
		<-watched
	}()
	return task.Run(ctx)
}

// reportPauses says RUNNING or PAUSED whenever it changes.
func (t *Task) reportPauses(ctx context.Context, version string) {
	for {
		paused, changed := t.pause.state()
		t.report(runningOr(paused), "", version)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func runningOr(paused bool) state.State {
	if paused {
		return state.StatusPaused
	}
	return state.StatusRunning
}

// awaitResumed keeps a task that begins paused from being started at all.
func (t *Task) awaitResumed(ctx context.Context, version string) bool {
	for {
		paused, changed := t.pause.state()
		if !paused {
			return ctx.Err() == nil
		}
		t.report(state.StatusPaused, "", version)
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// report says how it goes, unless the task was abandoned.
func (t *Task) report(s state.State, trace, version string) {
	if !t.life.abandoned.Load() {
		t.send(s, trace, version)
	}
}

func (t *Task) send(s state.State, trace, version string) {
	t.worker.config.Report(state.Status{
		Connector: t.spec.ID.Connector, Task: t.spec.ID.Task,
		State: s, Trace: trace, WorkerID: t.worker.config.ID, Version: version,
	})
}
