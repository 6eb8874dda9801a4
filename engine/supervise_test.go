package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"millrace/sqlerr"
)

// scripted is a run that does what its test says.
type scripted struct {
	stopped chan struct{}
	once    sync.Once
	ended   chan error
}

func (r *scripted) Stop()              { r.once.Do(func() { close(r.stopped) }) }
func (r *scripted) Progress() Progress { return Progress{RowsIn: 7} }
func (r *scripted) Wait() error        { return <-r.ended }

// script is a supervisor over runs that end as the test says.
type script struct {
	*supervisor
	runs    chan *scripted
	mu      sync.Mutex
	starts  []time.Time
	refuse  atomic.Bool // Start fails
	settles []State
}

func newScript(status Status) *script {
	sc := &script{runs: make(chan *scripted, 100)}
	sc.supervisor = newSupervisor(supervisorConfig{
		ID: "j1", Name: "job one", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Settled: func(s Status) error {
			sc.settles = append(sc.settles, s.State)
			return nil
		},
		Start: func(ctx context.Context, _ *slog.Logger) (supervised, error) {
			sc.mu.Lock()
			sc.starts = append(sc.starts, time.Now())
			sc.mu.Unlock()
			if sc.refuse.Load() {
				return nil, errGone
			}
			r := &scripted{stopped: make(chan struct{}), ended: make(chan error, 1)}
			go func() {
				select {
				case <-r.stopped:
					r.ended <- nil
				case <-ctx.Done():
					r.ended <- context.Cause(ctx)
				}
			}()
			sc.runs <- r
			return r, nil
		},
	}, status)
	return sc
}

func (sc *script) is(t *testing.T, want State) Status {
	t.Helper()
	synctest.Wait()
	st := sc.Status()
	if st.State != want {
		t.Errorf("state %s (%s), want %s", st.State, st.Reason, want)
	}
	return st
}

var errGone = sqlerr.New(sqlerr.ConnectionFailure, 0, "the broker is gone")

func TestAFailureThatMayPassIsTriedAgainWithLongerAndLongerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := newScript(Status{State: Paused})
		sc.refuse.Store(true)
		if err := sc.Start(); err != nil {
			t.Fatal(err)
		}
		st := sc.is(t, Restarting)
		if st.Reason != "the broker is gone" || st.Code != "08006" || st.Restarts != 1 || time.Until(st.NextRestart) > 1200*time.Millisecond {
			t.Errorf("%+v", st)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		sc.mu.Lock()
		starts := sc.starts
		sc.mu.Unlock()
		want := time.Second
		for i := 1; i < len(starts); i++ {
			if got := starts[i].Sub(starts[i-1]); got < want*8/10 || got > want*12/10 {
				t.Errorf("wait %d is %s, want about %s", i, got, want)
			}
			want = min(2*want, time.Minute)
		}
		if len(starts) < 13 {
			t.Errorf("%d starts in ten minutes", len(starts))
		}
		sc.refuse.Store(false)
		time.Sleep(2 * time.Minute)
		if st := sc.is(t, Running); st.Reason != "" || st.Progress.RowsIn != 7 {
			t.Errorf("%+v", st)
		}

		// A run that was well for long begins with the shortest wait again.
		time.Sleep(time.Hour)
		(<-sc.runs).ended <- errGone
		if st := sc.is(t, Restarting); time.Until(st.NextRestart) > 1200*time.Millisecond {
			t.Errorf("after an hour it waits %s", time.Until(st.NextRestart))
		}
		if err := sc.Pause(t.Context()); err != nil { // cuts the wait short
			t.Fatal(err)
		}
		sc.is(t, Paused)
		if got := fmt.Sprint(sc.settles); got != "[starting paused]" {
			t.Errorf("written: %s", got)
		}
	})
}

func TestWhatMayPass(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"a lost connection", errGone, true},
		{"an error of input and output", sqlerr.New(sqlerr.IOError, 0, "checkpoint 3 has not come to an end in 10m"), true},
		{"what nobody knows", errors.New("huh"), true},
		{"a topic that is not there", sqlerr.New(sqlerr.UndefinedObject, 0, `topic "t" does not exist`), false},
		{"a bad record", sqlerr.New(sqlerr.InvalidText, 0, "t/0@3: no JSON"), false},
		{"a panic", sqlerr.Guard("x", func() error { panic("boo") }), false},
		{"a panic with an error", sqlerr.Guard("x", func() error { panic(errGone) }), false},
		{"a file that is gone", sqlerr.New(sqlerr.IOError, 0, "cannot read").Because(fs.ErrNotExist), false},
		{"a file that is gone, of the system", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, false},
		{"memory_limit", sqlerr.New(sqlerr.OutOfMemory, 0, "full"), false},
		{"a checkpoint of another query", sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "other"), false},
		{"no longer memory for a connection", sqlerr.New(sqlerr.InsufficientResources, 0, "busy"), true},
	} {
		if got := mayPass(tc.err); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

func TestWhatCannotPassIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := newScript(Status{State: Paused})
		if err := sc.Start(); err != nil {
			t.Fatal(err)
		}
		sc.is(t, Running)
		(<-sc.runs).ended <- sqlerr.Guard("map", func() error { panic("no such row") })
		if st := sc.is(t, Failed); st.Reason != "map: panic: no such row" || st.Code != "XX000" {
			t.Errorf("%+v", st)
		}
		lines := sc.Lines(0)
		if last := lines[len(lines)-1].Text; !strings.Contains(last, "supervise_test.go") {
			t.Errorf("the log has no stack: %s", last)
		}
		time.Sleep(time.Hour)
		if len(sc.starts) != 1 {
			t.Errorf("%d starts", len(sc.starts))
		}
		if err := sc.Start(); err != nil { // resumed by hand
			t.Fatal(err)
		}
		sc.is(t, Running)
		(<-sc.runs).ended <- nil
		sc.is(t, Finished)
		if got := fmt.Sprint(sc.settles); got != "[starting failed starting finished]" {
			t.Errorf("written: %s", got)
		}
	})
}

func TestPauseResumeCancelAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := newScript(Status{State: Paused})
		for range 2 {
			if err := sc.Start(); err != nil {
				t.Fatal(err)
			}
			sc.is(t, Running)
			if err := sc.Pause(t.Context()); err != nil {
				t.Fatal(err)
			}
			sc.is(t, Paused)
		}
		if err := sc.Start(); err != nil {
			t.Fatal(err)
		}
		sc.is(t, Running)
		if err := sc.Cancel(t.Context()); err != nil {
			t.Fatal(err)
		}
		sc.is(t, Cancelled)

		other := newScript(Status{State: Failed})
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		other.is(t, Running)
		if err := other.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		other.is(t, Running) // which is what comes back
		if err := other.Start(); err != nil || len(other.starts) != 1 {
			t.Errorf("it runs after Close: %v", err)
		}
	})
}

// A run that does not listen to Stop.
type deaf struct{ scripted }

func (*deaf) Stop() {}

func TestARunThatDoesNotStopIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := func(ctx context.Context, _ *slog.Logger) (supervised, error) {
			d := &deaf{scripted{ended: make(chan error, 1)}}
			context.AfterFunc(ctx, func() { d.ended <- context.Cause(ctx) })
			return d, nil
		}
		for _, tc := range []struct {
			name string
			end  func(*supervisor) error
			want State
			took time.Duration
		}{
			{"cancel", func(s *supervisor) error { return s.Cancel(t.Context()) }, Cancelled, cancelGrace},
			{"close", func(s *supervisor) error {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("close: %v", err)
				}
				return nil
			}, Running, 3 * time.Second},
		} {
			s := newSupervisor(supervisorConfig{ID: "d", Name: "d", Start: start, Log: slog.New(slog.DiscardHandler), Now: time.Now}, Status{State: Paused})
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			began := time.Now()
			if err := tc.end(s); err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			if got := s.Status().State; got != tc.want || time.Since(began) != tc.took {
				t.Errorf("%s: %s after %s", tc.name, got, time.Since(began))
			}
		}
	})
}

func TestAStartThatHangsIsLeftWhenSomebodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupervisor(supervisorConfig{ID: "h", Name: "h", Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Start: func(ctx context.Context, _ *slog.Logger) (supervised, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}}, Status{State: Paused})
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		if st := s.Status(); st.State != Paused || st.Reason != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestALogKeepsItsNewestLines(t *testing.T) {
	r := &logRing{}
	log := slog.New(&logTee{Handler: slog.DiscardHandler, ring: r}).With("job", 3).WithGroup("g")
	for i := range logLines + 10 {
		log.Info("line", "i", i)
	}
	log.Debug("not kept")
	lines := r.last(0)
	if len(lines) != logLines || lines[0].Text != "line job=3 g.i=10" {
		t.Errorf("%d lines, the first %q", len(lines), lines[0].Text)
	}
	if got := r.last(2); len(got) != 2 || got[1].Text != fmt.Sprintf("line job=3 g.i=%d", logLines+9) {
		t.Errorf("%v", got)
	}
	for range 100 {
		log.Error(strings.Repeat("x", 1<<20))
	}
	if r.bytes > logBytes || len(r.last(0)) != logBytes/lineMax-1 {
		t.Errorf("%d bytes in %d lines", r.bytes, len(r.last(0)))
	}
}
