package engine

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"millrace/flow"
	"millrace/sqlerr"
)

// State is what a supervised run is doing.
type State string

// The states. Of those that rest, a run leaves Paused and Failed when it is resumed, and Finished and Cancelled never.
const (
	Starting   State = "starting" // connects, restores
	Running    State = "running"
	Pausing    State = "pausing" // takes its last checkpoint
	Paused     State = "paused"
	Restarting State = "restarting" // waits for the next try
	Failed     State = "failed"
	Finished   State = "finished"
	Cancelled  State = "cancelled"
)

// Rests reports whether nothing runs in the state, and nothing will by itself.
func (s State) Rests() bool {
	switch s {
	case Paused, Failed, Finished, Cancelled:
		return true
	}
	return false
}

// supervised is a run as its supervisor sees it: *Job is one.
type supervised interface {
	Stop()       // end well: read no more, take a last checkpoint
	Wait() error // until it has ended
	Progress() Progress
}

// supervisorConfig is what a supervisor is told about its run.
type supervisorConfig struct {
	ID   string // the attribute "job" of its log
	Name string
	// Start plans, opens and starts the run. It is called again for each restart. The run ends at once, as by a crash,
	// when ctx does. Log is the run's own.
	Start func(ctx context.Context, log *slog.Logger) (supervised, error)
	// Settled, where it is not nil, is called when the state rests and, before the run starts, when it no longer does:
	// here the state is written to disk. It is not called for a supervisor that is closed. An error is told to who
	// asked for the change, and logged. It must not call the supervisor.
	Settled func(Status) error
	Log     *slog.Logger
	Now     func() time.Time
}

// Status is how a supervised run is.
type Status struct {
	State       State
	Reason      string    // why it failed, waits or was paused by something else than a request; one line
	Code        string    // SQLSTATE of the failure, where there was one
	Started     time.Time // of the run that there is, or was last
	NextRestart time.Time // in state Restarting
	Restarts    int       // by itself, since it was started or resumed
	Progress    Progress  // of the run that there is, or was last
}

// What a supervisor is asked for.
type wish int

const (
	wantRun wish = iota
	wantPause
	wantCancel
	wantClose // the process ends; the state stays, so that it goes on with the next
)

// supervisor keeps one run going: it starts it, starts it again after failures that may pass, and knows its state.
// There is a goroutine only where the state does not rest.
type supervisor struct {
	cfg  supervisorConfig
	log  *slog.Logger
	ring *logRing

	mu     sync.Mutex
	status Status
	wish   wish
	run    supervised         // what runs
	abort  context.CancelFunc // ends what there is of the run at once; nil: no goroutine
	poke   chan struct{}      // the wish is another
	ended  chan struct{}      // closed when the goroutine has ended
	failed error              // of Settled, when the goroutine ended
}

// newSupervisor makes a supervisor of a run in the given state, which must be one that rests; Start sets it going.
func newSupervisor(cfg supervisorConfig, status Status) *supervisor {
	ring := &logRing{}
	return &supervisor{
		cfg: cfg, ring: ring, status: status, poke: make(chan struct{}, 1),
		log: slog.New(&logTee{Handler: cfg.Log.Handler().WithAttrs([]slog.Attr{slog.String("job", cfg.ID)}), ring: ring}),
	}
}

// Status may be asked at any time.
func (s *supervisor) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.status
	if s.run != nil {
		st.Progress = s.run.Progress()
	}
	if st.Progress.Nodes == nil { // nothing has run
		st.Progress.Watermark, st.Progress.Lag = flow.MinTime, -1
	}
	return st
}

// Lines returns the newest n lines of the log, all where n is 0.
func (s *supervisor) Lines(n int) []LogLine { return s.ring.last(n) }

// Logger is the run's own log.
func (s *supervisor) Logger() *slog.Logger { return s.log }

// Start sets a run going that rests. It returns at once.
func (s *supervisor) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abort != nil || s.wish == wantClose {
		return nil
	}
	st := Status{State: Starting}
	if err := s.settled(st); err != nil {
		return err
	}
	s.status, s.wish, s.failed = st, wantRun, nil
	select {
	case <-s.poke: // of what it was asked before
	default:
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.abort, s.ended = cancel, make(chan struct{})
	go s.loop(ctx, s.ended)
	return nil
}

// Pause stops the run after a last checkpoint and returns when it rests, or when ctx ends: it then goes on pausing.
func (s *supervisor) Pause(ctx context.Context) error {
	return s.end(ctx, wantPause, Paused)
}

// cancelGrace is how long a run that is cancelled has to write out what it has read.
const cancelGrace = 10 * time.Second

// Cancel stops the run for good: what was read is written out where that takes no longer than cancelGrace.
func (s *supervisor) Cancel(ctx context.Context) error {
	t := time.AfterFunc(cancelGrace, s.kill)
	defer t.Stop()
	return s.end(ctx, wantCancel, Cancelled)
}

// Close stops the run as Pause does, and at once when ctx ends. Its state stays what it was, for the next process.
// It returns when the goroutine has ended.
func (s *supervisor) Close(ctx context.Context) error {
	err := s.end(ctx, wantClose, "")
	s.kill()
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended != nil {
		<-ended
	}
	return err
}

func (s *supervisor) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abort != nil {
		s.abort()
	}
}

// end asks for the run's end and waits for it. A run that rests is only given the new state.
func (s *supervisor) end(ctx context.Context, w wish, then State) error {
	s.mu.Lock()
	if s.wish != wantClose {
		s.wish = max(s.wish, w)
	}
	if s.abort == nil {
		defer s.mu.Unlock()
		if w == wantClose || s.status.State == then {
			return nil
		}
		st := s.status
		st.State, st.Reason, st.Code = then, "", ""
		if err := s.settled(st); err != nil {
			return err
		}
		s.status = st
		return nil
	}
	if s.status.State == Running && w != wantClose {
		s.status.State = Pausing
	}
	if s.run != nil {
		s.run.Stop()
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
	ended := s.ended
	s.mu.Unlock()
	select {
	case <-ended:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.failed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// loop starts the run over and over, until its state rests.
func (s *supervisor) loop(ctx context.Context, ended chan struct{}) {
	var back backoff
	for {
		began := s.cfg.Now()
		err := s.once(ctx)
		if s.cfg.Now().Sub(began) >= healthyAfter {
			back = backoff{}
		}
		if s.rest(err) {
			break
		}
		wait := back.next()
		s.log.Warn("trying again", "in", wait.Round(time.Millisecond), "restarts", s.restarting(err, wait))
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-s.poke:
		case <-ctx.Done():
		}
		t.Stop()
		if s.rest(err) {
			break
		}
	}
	s.mu.Lock()
	s.abort()
	s.abort = nil
	s.mu.Unlock()
	close(ended)
}

// once starts the run and returns when it has ended.
func (s *supervisor) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.wish != wantRun {
		s.mu.Unlock()
		return nil
	}
	s.status.State, s.status.Started, s.status.NextRestart = Starting, s.cfg.Now(), time.Time{}
	s.mu.Unlock()
	var run supervised
	started := make(chan error, 1)
	go func() {
		started <- sqlerr.Guard("starting "+s.cfg.Name, func() (err error) {
			run, err = s.cfg.Start(ctx, s.log)
			return err
		})
	}()
	var err error
	for waiting := true; waiting; {
		select {
		case err = <-started:
			waiting = false
		case <-s.poke: // whoever asks it to end need not wait until it has connected
			cancel()
		}
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.run = run
	if s.wish == wantRun {
		s.status.State, s.status.Reason, s.status.Code = Running, "", ""
	} else {
		run.Stop()
	}
	s.mu.Unlock()
	s.log.Info("running", "name", s.cfg.Name)
	err = sqlerr.Guard("running "+s.cfg.Name, run.Wait)
	s.mu.Lock()
	s.status.Progress, s.run = run.Progress(), nil
	s.mu.Unlock()
	return err
}

// rest gives a run that has ended the state in which it rests, and reports whether there is one.
func (s *supervisor) rest(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.status
	st.NextRestart = time.Time{}
	switch {
	case s.wish == wantClose:
		return true
	case s.wish == wantCancel:
		st.State, st.Reason, st.Code = Cancelled, "", ""
	case s.wish == wantPause:
		st.State, st.Reason, st.Code = Paused, "", ""
		if err != nil && !errors.Is(err, context.Canceled) {
			st.Reason, st.Code = "it failed while it was stopped, and goes on from the checkpoint before: "+reason(err), sqlerr.Code(err)
			s.logFailure("failed while pausing", err)
		}
	case err == nil:
		st.State, st.Reason, st.Code = Finished, "", ""
	case !mayPass(err):
		st.State, st.Reason, st.Code = Failed, reason(err), sqlerr.Code(err)
		s.logFailure("failed", err)
	default:
		return false
	}
	s.status = st
	if s.failed = s.settled(st); s.failed != nil {
		s.log.Error("cannot keep the state", "state", st.State, "error", s.failed)
	}
	if st.State != Failed {
		s.log.Info(string(st.State), "name", s.cfg.Name)
	}
	return true
}

// restarting notes that the run waits for its next try, and returns which that is.
func (s *supervisor) restarting(err error, wait time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logFailure("failed; it may pass", err)
	s.status.Restarts++
	s.status.State, s.status.Reason, s.status.Code = Restarting, reason(err), sqlerr.Code(err)
	s.status.NextRestart = s.cfg.Now().Add(wait)
	return s.status.Restarts
}

func (s *supervisor) settled(st Status) error {
	if s.cfg.Settled == nil {
		return nil
	}
	return s.cfg.Settled(st)
}

// logFailure writes all that is known of a failure: the state has its first line.
func (s *supervisor) logFailure(what string, err error) {
	attrs := []any{"error", err.Error(), "sqlstate", sqlerr.Code(err)}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		if e.Hint != "" {
			attrs = append(attrs, "hint", e.Hint)
		}
		if e.Detail != "" {
			attrs = append(attrs, "detail", e.Detail)
		}
	}
	s.log.Error(what, attrs...)
}

// reason is an error in one line.
func reason(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// The waits between restarts. A run that was well for healthyAfter begins with the first again.
const (
	backoffFirst = time.Second
	backoffMost  = time.Minute
	healthyAfter = 2 * time.Minute
)

// backoff doubles the wait from try to try. Each is shortened or made longer by up to a fifth by chance, so that many
// runs that lost the same system do not all come back to it at once.
type backoff struct{ wait time.Duration }

func (b *backoff) next() time.Duration {
	b.wait = min(max(2*b.wait, backoffFirst), backoffMost)
	return b.wait + time.Duration((rand.Float64()*0.4-0.2)*float64(b.wait))
}

// mayPass tells whether what a run failed of can be otherwise at the next try, with the same statements and the same
// data. What is not known may pass: a try more costs little, a job that stays down does not.
func mayPass(err error) bool {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return false
	}
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return true
	}
	return !slices.ContainsFunc(lasting, func(class string) bool { return strings.HasPrefix(e.Code, class) })
}

// lasting are SQLSTATEs, and classes of them, of what is the same at the next try.
var lasting = []string{
	"0A",    // not supported
	"20",    // CASE without a match
	"21",    // more rows than one
	"22",    // data: bad records among them
	"23",    // constraints
	"28",    // the login is refused
	"2B",    // something depends on it
	"3D",    // there is no such database
	"42",    // the statement, what it names (tables, topics), what may not be done
	"53200", // memory_limit
	"53400", // another limit
	"54",    // the statement is too large
	"55",    // the checkpoint is of another query
	"58P01", // there is no such file
	"HV",    // what another system will not take, whenever it is asked
	"XX",    // damaged data, and panics
}
