package system

import (
	"context"
	"time"

	"millrace/catalog"
	"millrace/types"
)

// Facts are what the relations are computed from. Those that are functions are asked when they are needed, and once for a
// snapshot.
type Facts struct {
	Catalog catalog.Catalog
	// ViewColumns are those of a view.
	ViewColumns func(context.Context, *catalog.View) (types.Schema, error)
	// TableRows is how many rows a table has, as far as that is known.
	TableRows func(*catalog.Table) (int64, bool)
	// TableBytes is what a table takes on disk; of all of them where it is nil.
	TableBytes func(*catalog.Table) int64
	// Users are those who may log in.
	Users func() []string
	// Sessions are those that are open now.
	Sessions func() []Activity
	// Signal cancels the statement of a session, or ends it; false: there is none of that number.
	Signal func(pid int64, end bool) (bool, error)
	// Settings are those of the session.
	Settings func() []Setting
	// Options are those of the connectors.
	Options func() []Option
	// Shown are a table's options as they may be shown.
	Shown func(*catalog.Table) map[string]string
	// Jobs are the kept jobs.
	Jobs func() []Job

	SearchPath []string // without pg_catalog
	User       string   // of the session
	Started    time.Time
}

// Activity is a session as others see it.
type Activity struct {
	PID                        int32
	User, Application          string
	Client                     string // its address; empty: the same process
	Port                       int
	Kind                       string // "client backend"
	Began, QueryStart, Changed time.Time
	State                      string // "active", "idle", "idle in transaction"
	Query                      string // without what is secret
}

// Setting is one of those that SET changes.
type Setting struct{ Name, Value, Default, Doc string }

// Option is one of a connector.
type Option struct {
	Connector, Name, Default, Doc string
	Required, Source, Sink        bool
}

// Job is a kept job.
type Job struct {
	ID, Name, State, Reason, SQL         string
	Created, Started, Ended, NextRestart time.Time
	Restarts                             int
	RowsIn, RowsOut                      int64
}
