package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"millrace/engine"
	"millrace/flow"
	"millrace/sqlerr"
)

// Job is a submitted job, as REST tells of it.
type Job struct {
	Name        string     `json:"name"`
	ID          string     `json:"id" doc:"Never used for another job: the log has it as job."`
	State       string     `json:"state" enum:"starting,running,pausing,paused,restarting,failed,finished,cancelled"`
	Reason      string     `json:"reason,omitempty" doc:"Why it is in that state, where something is wrong."`
	SQLState    string     `json:"sqlstate,omitempty" doc:"PostgreSQL's code for what is wrong."`
	Batch       bool       `json:"batch" doc:"It ends by itself, and has no checkpoints."`
	SQL         string     `json:"sql" doc:"What was submitted, without its secrets."`
	Created     time.Time  `json:"created"`
	Started     *time.Time `json:"started,omitempty" doc:"When it was started last."`
	Ended       *time.Time `json:"ended,omitempty" doc:"Since when it rests."`
	NextRestart *time.Time `json:"next_restart,omitempty" doc:"When it is tried again; in state restarting."`
	Restarts    int        `json:"restarts" doc:"How often it was started again by itself."`
	Progress    Progress   `json:"progress"`
}

// Progress is how far a job is since it was started last.
type Progress struct {
	RowsIn       int64            `json:"rows_in" doc:"Rows that the sources gave."`
	RowsOut      int64            `json:"rows_out" doc:"Rows that were written."`
	Dropped      map[string]int64 `json:"dropped,omitempty" doc:"Rows left out, by reason."`
	BadRecords   int64            `json:"bad_records" doc:"Records skipped that can't be decoded."`
	Lag          *int64           `json:"lag,omitempty" doc:"Records known to be waiting; not there where it is not known."`
	Watermark    *time.Time       `json:"watermark,omitempty" doc:"No earlier row is waited for."`
	HeldBackBy   string           `json:"held_back_by,omitempty" doc:"The partition that the watermark waits for."`
	Checkpoint   int64            `json:"checkpoint" doc:"The number of the newest checkpoint; 0: there is none."`
	MemoryBytes  int64            `json:"memory_bytes" doc:"Memory in batches."`
	StateBytes   int64            `json:"state_bytes" doc:"Memory in state: windows, groups, joins."`
	SpilledBytes int64            `json:"spilled_bytes" doc:"Bytes written to disk for want of memory."`
}

// JobList is all jobs.
type JobList struct {
	Jobs []Job `json:"jobs"`
}

// Submission is a job to be run.
type Submission struct {
	Name string            `json:"name,omitempty" doc:"The job's name; without it one is made of its first INSERT's table."`
	SQL  string            `json:"sql" doc:"The text of a .sql file."`
	Set  map[string]string `json:"set,omitempty" doc:"Settings, and values of ${NAME} in options."`
}

// Log is the newest lines of a job's log, the oldest of them first.
type Log struct {
	Lines []LogLine `json:"lines"`
}

// LogLine is a line of a job's log.
type LogLine struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level" enum:"DEBUG,INFO,WARN,ERROR"`
	Text  string    `json:"text"`
}

func jobOf(j engine.JobInfo) Job {
	return Job{
		Name: j.Name, ID: j.ID, State: string(j.State), Reason: j.Reason, SQLState: j.Code, Batch: j.Batch, SQL: j.SQL,
		Created: j.Created, Started: known(j.Started), Ended: known(j.Ended), NextRestart: known(j.NextRestart), Restarts: j.Restarts, Progress: progressOf(j.Progress),
	}
}

func progressOf(p engine.Progress) Progress {
	q := Progress{
		RowsIn: p.RowsIn, RowsOut: p.RowsOut, Dropped: p.Dropped, BadRecords: p.BadRecords, HeldBackBy: p.Holder,
		Checkpoint: int64(p.Epoch), MemoryBytes: p.MemBytes, StateBytes: p.StateBytes, SpilledBytes: p.Spilled,
	}
	if p.Lag >= 0 {
		q.Lag = &p.Lag
	}
	if p.Watermark > flow.MinTime && p.Watermark < flow.MaxTime {
		q.Watermark = known(time.UnixMicro(int64(p.Watermark)).UTC())
	}
	return q
}

// known is a time, or nil where there is none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Server) submit(r *request) (any, error) {
	sub := r.body.(*Submission)
	r.text = sub.SQL
	spec := engine.JobSpec{Name: sub.Name, Text: sub.SQL}
	for _, name := range slices.Sorted(maps.Keys(sub.Set)) {
		spec.Set = append(spec.Set, name+"="+sub.Set[name])
	}
	j, err := r.engine.Submit(r.Context(), spec)
	if err != nil {
		return nil, err
	}
	r.header.Set("Location", "/v1/jobs/"+url.PathEscape(j.Name))
	return jobOf(j), nil
}

func (s *Server) jobs(r *request) (any, error) {
	list := JobList{Jobs: []Job{}}
	for _, j := range r.engine.Jobs() {
		list.Jobs = append(list.Jobs, jobOf(j))
	}
	return list, nil
}

// jobErr gives an error of a job that the path names its status: that there is no such job is 404.
func jobErr(err error) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Code == sqlerr.UndefinedObject {
		return &httpError{status: http.StatusNotFound, sqlError: e}
	}
	return err
}

func (s *Server) job(r *request) (any, error) {
	j, err := r.engine.JobInfo(r.PathValue("name"))
	if err != nil {
		return nil, jobErr(err)
	}
	return jobOf(j), nil
}

// changeTimeout is how long an answer waits until a job has done what it is asked for; it goes on with it.
const changeTimeout = time.Minute

// change asks something of a job and answers with what has become of it.
func change(do func(*engine.Engine, context.Context, string) error) func(*Server, *request) (any, error) {
	return func(s *Server, r *request) (any, error) {
		ctx, cancel := context.WithTimeout(r.Context(), changeTimeout)
		defer cancel()
		if err := do(r.engine, ctx, r.PathValue("name")); err != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, jobErr(err)
		}
		return s.job(r)
	}
}

// followEvery is how often a log that is followed is looked at.
const followEvery = 250 * time.Millisecond

// followAlive is how often a client that follows is told that the server lives, where nothing is logged.
const followAlive = 15 * time.Second

// log answers with the newest lines of a job's log; followed, with an event for each new one until the client goes or
// the job is gone.
func (s *Server) writeLog(w http.ResponseWriter, r *request) error {
	name, n := r.PathValue("name"), r.int("n")
	lines, err := r.engine.JobLog(name, n)
	if err != nil {
		return jobErr(err)
	}
	if !r.bool("follow") {
		l := Log{Lines: []LogLine{}}
		for _, line := range lines {
			l.Lines = append(l.Lines, logLineOf(line))
		}
		writeJSON(w, s.log, http.StatusOK, "application/json", l)
		return nil
	}
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	send := func(text string) error {
		if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		_, err := w.Write([]byte(text))
		return errors.Join(err, out.Flush())
	}
	tick, alive := time.NewTicker(followEvery), time.NewTicker(followAlive)
	defer tick.Stop()
	defer alive.Stop()
	last := int64(-1)
	err = send(": the log of a job\n\n")
	for err == nil {
		for _, line := range lines {
			if line.Seq > last && err == nil {
				last = line.Seq
				data, jerr := json.Marshal(logLineOf(line))
				err = errors.Join(jerr, send(fmt.Sprintf("id: %d\ndata: %s\n\n", line.Seq, data)))
			}
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.stopping:
			return nil
		case <-alive.C:
			err = send(": still here\n\n")
		case <-tick.C:
		}
		var gone error
		if lines, gone = r.engine.JobLog(name, 0); gone != nil {
			return nil
		}
	}
	s.log.Debug("http: whoever followed a log is gone", "error", err)
	return nil
}

func logLineOf(l engine.LogLine) LogLine {
	return LogLine{Time: l.Time.UTC(), Level: l.Level.String(), Text: l.Text}
}
