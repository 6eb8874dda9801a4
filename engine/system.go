package engine

import (
	"context"
	"strings"

	"millrace/catalog"
	"millrace/internal/embedded"
	"millrace/planner"
	"millrace/sources"
	"millrace/sources/system"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// facts is what the relations of the system tell a session with these settings.
func (e *Engine) facts(s *Settings) system.Facts {
	return system.Facts{
		Catalog: e.catalog,
		ViewColumns: func(ctx context.Context, v *catalog.View) (types.Schema, error) {
			return e.env(s).ViewColumns(ctx, v, sql.ObjectName{Parts: []string{v.Name.Table}})
		},
		TableRows:  e.tableRows,
		TableBytes: e.tableBytes,
		Users:      e.userNames,
		User:       s.user,
		SearchPath: s.schemas(),
		Sessions:   e.activities,
		Signal:     func(pid int64, end bool) (bool, error) { return e.signal(s.user, pid, end) },
		Jobs:       e.jobRows,
		Settings:   func() []system.Setting { return settingsOf(s) },
		Options:    e.connectorOptions,
		Shown:      e.shownOptions,
		Started:    e.started,
	}
}

// schemas are those of the search path that there are, without pg_catalog, which comes first whatever it says.
func (s *Settings) schemas() []string {
	path, _ := s.Get("search_path")
	out := []string{}
	for _, part := range strings.Split(path, ",") {
		switch name := strings.Trim(strings.TrimSpace(part), `"`); name {
		case "", "$user", "pg_catalog", "pg_temp":
		default:
			out = append(out, name)
		}
	}
	return out
}

// tableRows is how many rows a table has, where its connector knows at a glance.
func (e *Engine) tableRows(t *catalog.Table) (int64, bool) {
	if t.Embedded() {
		table, err := e.keptTable(t)
		if err != nil {
			return 0, false
		}
		return table.Rows(), true
	}
	conn, err := e.source(t.Connector())
	if err != nil {
		return 0, false
	}
	if sizer, ok := conn.(sources.Sizer); ok {
		return sizer.Rows(context.Background(), t)
	}
	return 0, false
}

// keptTable is a table that millrace keeps.
func (e *Engine) keptTable(t *catalog.Table) (*embedded.Table, error) {
	store, err := e.tables()
	if err != nil {
		return nil, err
	}
	return store.Table(t)
}

// tableBytes is what a table takes on disk; of nil, what all do.
func (e *Engine) tableBytes(t *catalog.Table) int64 {
	if t != nil && !t.Embedded() {
		return 0
	}
	if t == nil {
		store, err := e.tables()
		if err != nil {
			return 0
		}
		return store.Bytes()
	}
	table, err := e.keptTable(t)
	if err != nil { // it has gone since
		return 0
	}
	n, err := table.Bytes()
	if err != nil {
		e.cfg.Log.Error("engine: the size of a table can't be told", "table", t.Name.String(), "error", err)
	}
	return n
}

// userNames are those who may log in.
func (e *Engine) userNames() []string {
	names, err := e.users.List()
	if err != nil {
		e.cfg.Log.Error("engine: the users can't be read", "error", err)
	}
	return names
}

func settingsOf(s *Settings) []system.Setting {
	fresh := NewSettings()
	var out []system.Setting
	for _, x := range settings {
		out = append(out, system.Setting{Name: x.name, Value: x.get(s), Default: x.get(fresh), Doc: x.doc})
	}
	return out
}

// connectorOptions are those of every connector, each once.
func (e *Engine) connectorOptions() []system.Option {
	var out []system.Option
	add := func(connector string, specs []catalog.OptionSpec, reads bool) {
		for _, o := range specs {
			i := len(out) - 1
			for ; i >= 0 && (out[i].Connector != connector || out[i].Name != o.Name); i-- {
			}
			if i < 0 {
				i = len(out)
				out = append(out, system.Option{Connector: connector, Name: o.Name, Default: o.Default, Doc: o.Doc, Required: o.Required})
			}
			if reads {
				out[i].Source = true
			} else {
				out[i].Sink = true
			}
		}
	}
	for _, c := range e.cfg.Sources {
		add(c.Name(), c.Options(), true)
	}
	for _, c := range e.cfg.Sinks {
		add(c.Name(), c.Options(), false)
	}
	return out
}

// shownOptions are a table's options, those that are secret left out.
func (e *Engine) shownOptions(t *catalog.Table) map[string]string {
	secret, out := e.secretOptions(t.Connector()), map[string]string{}
	for name, o := range t.Options {
		if out[name] = o.Value; secret[name] {
			out[name] = "***"
		}
	}
	return out
}

// jobRows are the kept jobs.
func (e *Engine) jobRows() []system.Job {
	var out []system.Job
	for _, j := range e.Jobs() {
		out = append(out, system.Job{
			ID: j.ID, Name: j.Name, State: string(j.State), Reason: j.Reason, SQL: j.SQL, Created: j.Created, Started: j.Started, Ended: j.Ended,
			NextRestart: j.NextRestart, Restarts: j.Restarts, RowsIn: j.Progress.RowsIn, RowsOut: j.Progress.RowsOut,
		})
	}
	return out
}

// untouchable is the error about changing a relation of the system.
func untouchable(n sql.ObjectName) error {
	name := planner.TableName(n)
	if planner.SaysPublic(n) || !system.Relation(name) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, n.Pos(), "permission denied: %q is a system catalog", name.Table)
}
