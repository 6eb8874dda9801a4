package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"millrace/sqlerr"
)

// JobSpec is a text that is to run as a job.
type JobSpec struct {
	Name string   // empty: that of the table that its first INSERT writes to
	Text string   // statements; its INSERTs run together
	Set  []string // name=value: settings, and values for ${name}
}

// JobInfo tells of a job.
type JobInfo struct {
	ID, Name    string
	State       State
	Reason      string // one line; the log has more
	Code        string // SQLSTATE of what it failed of
	SQL         string // secrets masked
	Batch       bool   // it ends by itself, and has no checkpoints
	Created     time.Time
	Started     time.Time // the run that there is, or was last
	Ended       time.Time // where it rests
	NextRestart time.Time // in state restarting
	Restarts    int
	Progress    Progress // of the run that there is, or was last
}

// What may be submitted.
const (
	jobTextMax = 1 << 20
	jobSetMax  = 1000
	jobNameMax = 128
	jobsMax    = 1000 // that are not over
	jobsOver   = 100  // that are: older ones are forgotten
)

// jobs are the jobs of an engine.
type jobs struct {
	mu     sync.Mutex
	list   []*keptJob // oldest first
	closed bool
}

// keptJob is a job that was submitted.
type keptJob struct {
	engine   *Engine
	id, name string
	dir      string // empty: there is no data folder
	sql      string // its text with secrets masked
	sup      *supervisor

	mu     sync.Mutex
	record jobRecord // the supervisor's status is newer
}

// openJobs reads the jobs of the data folder, and has those run that did, and the materialized views.
func (e *Engine) openJobs(ctx context.Context) error {
	if !e.cfg.Jobs {
		return nil
	}
	if err := e.views.startAll(ctx); err != nil { // one that can't run keeps nothing else from it
		e.cfg.Log.Error("cannot start the materialized views", "error", err)
	}
	if e.cfg.DataDir == "" {
		return nil
	}
	dir := filepath.Join(e.cfg.DataDir, jobsFolder)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = syncFolder(e.cfg.DataDir)
	}
	var entries []os.DirEntry
	if err == nil {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot read the jobs in the data folder: %v", err).Because(err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		r, err := readJob(path)
		if errors.Is(err, fs.ErrNotExist) { // a crash came while it was submitted, or forgotten
			if err = os.RemoveAll(path); err == nil {
				continue
			}
		}
		if err != nil { // one bad file keeps no other job from running
			e.cfg.Log.Error("a job of the data folder is left alone", "folder", path, "error", err)
			continue
		}
		e.jobs.list = append(e.jobs.list, e.newJob(*r))
	}
	slices.SortFunc(e.jobs.list, func(a, b *keptJob) int {
		return cmp.Or(a.record.Created.Compare(b.record.Created), strings.Compare(a.record.ID, b.record.ID))
	})
	for _, j := range e.jobs.list {
		if j.record.State == Running {
			if err := j.sup.Start(); err != nil {
				e.cfg.Log.Error("cannot start a job", "job", j.id, "error", err)
			}
		} else if j.record.over() {
			j.forgetState()
		}
	}
	return nil
}

func (e *Engine) newJob(r jobRecord) *keptJob {
	j := &keptJob{engine: e, id: r.ID, name: r.Name, record: r, sql: e.redact(r.Text)}
	if e.cfg.DataDir != "" {
		j.dir = filepath.Join(e.cfg.DataDir, jobsFolder, r.ID)
	}
	status := r.status()
	if !status.State.Rests() {
		status = Status{State: Paused}
	}
	j.sup = newSupervisor(supervisorConfig{
		ID: r.ID, Name: r.Name, Start: j.start, Settled: j.settled, Log: e.cfg.Log, Now: e.cfg.Now,
	}, status)
	return j
}

// Submit checks a text, runs what of it is for the server, keeps the rest as a job and has it run. It returns before
// the job has connected to anything: JobInfo tells what became of it.
func (e *Engine) Submit(ctx context.Context, spec JobSpec) (info JobInfo, err error) {
	if !e.cfg.Jobs {
		return JobInfo{}, sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "jobs are not kept here").WithHint("Submit them to a server, or use millrace run.")
	}
	defer func() { // as Exec does
		if p := recover(); p != nil {
			err = sqlerr.Panic("submitting a job", p)
			e.cfg.Log.Error("engine: a job made the planner panic", "error", err, "stack", err.(*sqlerr.Error).Detail)
		}
	}()
	if err := spec.check(); err != nil {
		return JobInfo{}, err
	}
	p, err := e.prepareJob(ctx, spec)
	if err != nil {
		return JobInfo{}, err
	}
	r := jobRecord{
		Version: jobVersion, ID: strings.ToLower(rand.Text()[:10]), Name: p.name, Text: spec.Text, Set: spec.Set,
		Inserts: p.inserts, Batch: p.batch, Uses: p.uses, Created: p.now, State: Running,
	}
	if len(p.inserts) == 0 { // all of it has been done
		r.State, r.Started, r.Ended, r.RowsOut, r.Batch = Finished, p.now, e.cfg.Now(), p.rows, true
	}
	j, err := e.add(r, spec.Name == "")
	if err != nil {
		return JobInfo{}, p.undo(err)
	}
	if r.State == Running {
		if err := j.sup.Start(); err != nil {
			return JobInfo{}, err
		}
	}
	return j.info(), nil
}

func (s JobSpec) check() error {
	switch {
	case len(s.Text) > jobTextMax:
		return sqlerr.New(sqlerr.ProgramLimitExceeded, 0, "the text of a job may have %d bytes at most", jobTextMax)
	case len(s.Set) > jobSetMax:
		return sqlerr.New(sqlerr.ProgramLimitExceeded, 0, "a job may have %d values at most", jobSetMax)
	case len(s.Name) > jobNameMax:
		return sqlerr.New(sqlerr.ProgramLimitExceeded, 0, "the name of a job may have %d bytes at most", jobNameMax)
	case !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.IsControl(r) || r == '/' }):
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "a job cannot have the name %q", s.Name).
			WithHint("Leave out '/' and characters that cannot be printed.")
	case !utf8.ValidString(s.Text):
		return sqlerr.New(sqlerr.InvalidCharacter, 0, "the text of the job is not UTF-8")
	}
	total := 0
	for _, set := range s.Set {
		if total += len(set); total > jobTextMax {
			return sqlerr.New(sqlerr.ProgramLimitExceeded, 0, "the values of a job may have %d bytes at most", jobTextMax)
		}
	}
	return nil
}

// free reports whether a name is that of no job but of those that are over; mu is held.
func (js *jobs) free(name string) bool {
	return !slices.ContainsFunc(js.list, func(j *keptJob) bool { return j.name == name && !j.state().over() })
}

// checkName is an error where a name is taken.
func (js *jobs) checkName(name string) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.free(name) {
		return nil
	}
	return sqlerr.New(sqlerr.DuplicateObject, 0, "job %q already exists", name).
		WithHint("Give this one another name, or CANCEL JOB that one first.")
}

// add keeps a job. Where its name was not asked for, a number behind it tells it from others.
func (e *Engine) add(r jobRecord, numbered bool) (*keptJob, error) {
	js := &e.jobs
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.closed {
		return nil, sqlerr.New(sqlerr.QueryCanceled, 0, "the server is being shut down")
	}
	live := 0
	for _, j := range js.list {
		if !j.state().over() {
			live++
		}
	}
	if live >= jobsMax {
		return nil, sqlerr.New(sqlerr.ConfigurationLimit, 0, "there are %d jobs already", live).WithHint("CANCEL JOB those that are not needed.")
	}
	base := r.Name
	for n := 2; !js.free(r.Name); n++ {
		if !numbered {
			return nil, sqlerr.New(sqlerr.DuplicateObject, 0, "job %q already exists", r.Name).
				WithHint("Give this one another name, or CANCEL JOB that one first.")
		}
		r.Name = fmt.Sprintf("%s-%d", base, n)
	}
	j := e.newJob(r)
	if j.dir != "" {
		if err := r.keep(j.dir); err != nil {
			return nil, err
		}
	}
	js.list = append(js.list, j)
	js.forgetOld()
	return j, nil
}

// forgetOld forgets the oldest jobs that are over, but for jobsOver of them; mu is held.
func (js *jobs) forgetOld() {
	over := 0
	for _, j := range js.list {
		if j.state().over() {
			over++
		}
	}
	js.list = slices.DeleteFunc(js.list, func(j *keptJob) bool {
		if over <= jobsOver || !j.state().over() {
			return false
		}
		over--
		if j.dir != "" {
			if err := os.RemoveAll(j.dir); err != nil {
				j.sup.Logger().Warn("cannot remove a job that is over", "error", err)
			}
		}
		return true
	})
}

// state is the job as it is now, for over.
func (j *keptJob) state() *jobRecord { return &jobRecord{State: j.sup.Status().State} }

// Jobs lists the jobs, oldest first.
func (e *Engine) Jobs() []JobInfo {
	e.jobs.mu.Lock()
	list := slices.Clone(e.jobs.list)
	e.jobs.mu.Unlock()
	out := make([]JobInfo, len(list))
	for i, j := range list {
		out[i] = j.info()
	}
	return out
}

func (j *keptJob) info() JobInfo {
	j.mu.Lock()
	r := j.record
	j.mu.Unlock()
	st := j.sup.Status()
	i := JobInfo{
		ID: r.ID, Name: r.Name, State: st.State, Reason: st.Reason, Code: st.Code, SQL: j.sql, Batch: r.Batch, Created: r.Created,
		Started: st.Started, NextRestart: st.NextRestart, Restarts: st.Restarts, Progress: st.Progress,
	}
	if st.State.Rests() {
		i.Ended = r.Ended
	}
	return i
}

// job finds a job by its name or id. Of several of a name, it is the one that is not over, or the newest.
func (e *Engine) job(name string) (*keptJob, error) {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	var found *keptJob
	var names []string
	for _, j := range e.jobs.list {
		names = append(names, j.name)
		if j.id == name {
			return j, nil
		}
		if j.name == name && (found == nil || found.state().over()) {
			found = j
		}
	}
	if found != nil {
		return found, nil
	}
	err := sqlerr.New(sqlerr.UndefinedObject, 0, "job %q does not exist", name)
	if err.Hint = sqlerr.Suggest(name, names); err.Hint == "" {
		err.Hint = "SHOW JOBS lists them."
	}
	return nil, err
}

// JobInfo tells of the job of a name or id.
func (e *Engine) JobInfo(name string) (JobInfo, error) {
	j, err := e.job(name)
	if err != nil {
		return JobInfo{}, err
	}
	return j.info(), nil
}

// JobLog returns the newest n lines of a job's log, all that are kept where n is 0. They do not outlive the process.
func (e *Engine) JobLog(name string, n int) ([]LogLine, error) {
	j, err := e.job(name)
	if err != nil {
		return nil, err
	}
	return j.sup.Lines(n), nil
}

// PauseJob has a job take a last checkpoint and stop, and returns when it has. Where ctx ends before, it goes on pausing.
func (e *Engine) PauseJob(ctx context.Context, name string) error {
	j, err := e.job(name)
	if err != nil {
		return err
	}
	i := j.info()
	switch {
	case i.State == Paused:
		return nil
	case i.State.Rests():
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "job %q is %s", i.Name, i.State).WithHint("Only what runs can be paused.")
	case i.Batch:
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "job %q ends by itself, and cannot be paused", i.Name).
			WithHint("It has no checkpoints to go on from. CANCEL JOB ends it.")
	}
	return j.sup.Pause(ctx)
}

// ResumeJob has a job that is paused, or has failed, go on from its last checkpoint.
func (e *Engine) ResumeJob(_ context.Context, name string) error {
	j, err := e.job(name)
	if err != nil {
		return err
	}
	if i := j.info(); i.State == Finished || i.State == Cancelled {
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "job %q is %s", i.Name, i.State).WithHint("Submit it again to have it run again.")
	}
	return j.sup.Start()
}

// CancelJob ends a job for good. What it has read is written out, where that takes no longer than some seconds; its
// checkpoints are removed.
func (e *Engine) CancelJob(ctx context.Context, name string) error {
	j, err := e.job(name)
	if err != nil {
		return err
	}
	if i := j.info(); i.State == Finished || i.State == Cancelled {
		return nil
	}
	if err := j.sup.Cancel(ctx); err != nil {
		return err
	}
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	e.jobs.forgetOld()
	return nil
}

// stopTime is how long jobs have for a last checkpoint when the engine is closed.
const stopTime = 30 * time.Second

// stopJobs stops all jobs after a last checkpoint. They stay what they were, for the next time.
func (e *Engine) stopJobs() {
	e.jobs.mu.Lock()
	e.jobs.closed = true
	list := slices.Clone(e.jobs.list)
	e.jobs.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var all sync.WaitGroup
	for _, j := range list {
		all.Go(func() {
			if err := j.sup.Close(ctx); err != nil {
				j.sup.Logger().Warn("the job was cut short; it goes on from its last checkpoint", "error", err)
			}
		})
	}
	all.Wait()
}

// jobUsing is the name of a job that reads or writes something of the server's; empty: none does.
func (e *Engine) jobUsing(name string) string {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	for _, j := range e.jobs.list {
		j.mu.Lock()
		uses := slices.Contains(j.record.Uses, name)
		j.mu.Unlock()
		if uses && !j.state().over() {
			return j.name
		}
	}
	return ""
}

// start is the supervisor's: it plans and starts the job's INSERTs.
func (j *keptJob) start(ctx context.Context, log *slog.Logger) (supervised, error) {
	j.mu.Lock()
	r := j.record
	j.mu.Unlock()
	job, uses, err := j.engine.replan(ctx, &r)
	if err != nil {
		return nil, withPlace(err, r.Text)
	}
	j.mu.Lock()
	j.record.Uses = uses
	j.mu.Unlock()
	files, dir := j.engine.files()
	o := JobOptions{StateDir: filepath.Join(dir, jobsFolder, r.ID, stateFolder), fs: files, Log: log}
	if err := job.Start(ctx, o); err != nil {
		return nil, withPlace(err, r.Text)
	}
	return job, nil
}

// settled is the supervisor's: the state is on disk when it returns.
func (j *keptJob) settled(st Status) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.record
	if r.State == Running && !st.State.Rests() {
		return nil
	}
	r.settle(st, j.engine.cfg.Now())
	if j.dir != "" {
		if err := r.keep(j.dir); err != nil {
			return err
		}
	}
	j.record = r
	if r.over() {
		j.forgetState()
	}
	return nil
}

// forgetState removes the checkpoints of a job that is over.
func (j *keptJob) forgetState() {
	files, dir := j.engine.files()
	if err := files.RemoveAll(filepath.Join(dir, jobsFolder, j.id, stateFolder)); err != nil {
		j.sup.Logger().Warn("cannot remove the checkpoints of a job that is over", "error", err)
	}
}

// withPlace says the line in the message: the reason of a job has no text beside it.
func withPlace(err error, text string) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err
	}
	if line, _ := sqlerr.Line(text, e.Pos); line > 0 {
		at := *e
		at.Message = fmt.Sprintf("line %d: %s", line, e.Error())
		return &at
	}
	return err
}
