package engine

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"millrace/sqlerr"
)

// jobsFolder is where, in the data folder, jobs are: a folder for each by its id, with the job in job.json and its
// checkpoints beside it.
const (
	jobsFolder  = "jobs"
	jobFile     = "job.json"
	stateFolder = "checkpoints"
)

// jobRecord is a job as it is on disk. It holds the values of --set, so that nobody else may read it.
type jobRecord struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Text    string    `json:"text"`
	Set     []string  `json:"set,omitempty"`
	Inserts []int     `json:"inserts"` // the statements of Text that are the job; others of the server were run when it was submitted
	Batch   bool      `json:"batch,omitempty"`
	Uses    []string  `json:"uses,omitempty"` // what it reads and writes of the server's
	Created time.Time `json:"created"`

	State    State     `json:"state"` // running, or one that rests
	Reason   string    `json:"reason,omitempty"`
	Code     string    `json:"code,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Ended    time.Time `json:"ended,omitzero"` // of a state that rests
	Restarts int       `json:"restarts,omitempty"`
	RowsIn   int64     `json:"rows_in,omitempty"`
	RowsOut  int64     `json:"rows_out,omitempty"`
}

// jobVersion is that of the file.
const jobVersion = 1

// over reports whether the job is of the past: its name is free.
func (r *jobRecord) over() bool { return r.State == Finished || r.State == Cancelled }

func (r *jobRecord) status() Status {
	return Status{
		State: r.State, Reason: r.Reason, Code: r.Code, Started: r.Started, Restarts: r.Restarts,
		Progress: Progress{RowsIn: r.RowsIn, RowsOut: r.RowsOut},
	}
}

// settle takes over a state that rests, or that the job runs.
func (r *jobRecord) settle(st Status, now time.Time) {
	r.State, r.Reason, r.Code, r.Started, r.Restarts = st.State, st.Reason, st.Code, st.Started, st.Restarts
	r.RowsIn, r.RowsOut = st.Progress.RowsIn, st.Progress.RowsOut
	r.Ended = now
	if !st.State.Rests() {
		r.State, r.Ended = Running, time.Time{}
	}
}

// keep has the record on disk, whole or as it was before, when it returns.
func (r *jobRecord) keep(dir string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err == nil {
		err = keepFile(filepath.Join(dir, jobFile), append(text, '\n'))
	}
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot keep job %q: %v", r.Name, err).Because(err)
	}
	return nil
}

// readJob reads a job from its folder.
func readJob(dir string) (*jobRecord, error) {
	text, err := os.ReadFile(filepath.Join(dir, jobFile))
	if err != nil {
		return nil, err
	}
	r := &jobRecord{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, err
	}
	switch {
	case r.Version != jobVersion:
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "it is of version %d, and this millrace knows %d", r.Version, jobVersion)
	case r.ID != filepath.Base(dir), r.Name == "", r.State != Running && !r.State.Rests():
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "it is damaged")
	}
	return r, nil
}

// keepFile puts a file, for nobody else to read, in place whole or not at all, its folder included.
func keepFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = errors.Join(syncFolder(dir), syncFolder(filepath.Dir(dir)))
	}
	return err
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
