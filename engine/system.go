package engine

import (
	"context"

	"millrace/catalog"
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
		TableRows: e.tableRows,
		Settings:  func() []system.Setting { return settingsOf(s) },
		Options:   e.connectorOptions,
		Shown:     e.shownOptions,
		Started:   e.started,
	}
}

// tableRows is how many rows a table has, where its connector knows at a glance.
func (e *Engine) tableRows(t *catalog.Table) (int64, bool) {
	conn, err := e.source(t.Connector())
	if err != nil {
		return 0, false
	}
	if sizer, ok := conn.(sources.Sizer); ok {
		return sizer.Rows(context.Background(), t)
	}
	return 0, false
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

// untouchable is the error about changing a relation of the system.
func untouchable(n sql.ObjectName) error {
	name := planner.TableName(n)
	if !system.Relation(name) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, n.Pos(), "permission denied: %q is a system catalog", name.Table)
}
