package system

import (
	"slices"
	"strings"

	"millrace/catalog"
	"millrace/types"
)

// millraceSchema lists what SHOW prints, as relations.
func millraceSchema() []*relation {
	text, whole, flag, at := types.Of(types.Text), types.Of(types.Int64), types.Of(types.Bool), types.Of(types.TimestampTZ)
	return inSchema(ownSchema, []*relation{
		own("connectors", 13901, "Options of connectors.", connectorRows, "connector", text, "option", text, "default", text, "required", flag, "reads", flag, "writes", flag, "description", text),
		own("functions", 13902, "Functions, aggregates and window functions.", ownFunctionRows, "name", text, "kind", text, "arguments", text, "result", text, "description", text),
		own("jobs", 13903, "Jobs that were submitted.", jobRows, "id", text, "name", text, "state", text, "reason", text, "created", at, "started", at, "ended", at, "next_restart", at, "restarts", whole, "rows_in", whole, "rows_out", whole, "sql", text),
		own("materialized_views", 13904, "Materialized views.", ownMaterializedRows, "name", text, "query", text),
		own("settings", 13905, "The settings of the session.", ownSettingRows, "name", text, "value", text, "default", text, "description", text),
		own("tables", 13906, "Tables and materialized views with their connectors. What is secret in the options is left out.", ownTableRows, "name", text, "kind", text, "connector", text, "format", text, "options", text),
	})
}

// own makes a relation of names and types of columns.
func own(name string, oid uint32, doc string, r rows, columns ...any) *relation {
	d := &definition{oid: oid, kind: 'v'}
	for i := 0; i < len(columns); i += 2 {
		d.columns = append(d.columns, catalog.Column{Column: types.Column{Name: columns[i].(string), Type: columns[i+1].(types.Type)}})
	}
	return &relation{name: name, doc: doc, rows: r, definition: d}
}

var connectorRows = of(func(s *Snapshot) []Option {
	if s.facts.Options == nil {
		return nil
	}
	return s.facts.Options()
}, map[string]func(Option) any{
	"connector":   func(o Option) any { return o.Connector },
	"option":      func(o Option) any { return o.Name },
	"default":     func(o Option) any { return orNull(o.Default) },
	"required":    func(o Option) any { return o.Required },
	"reads":       func(o Option) any { return o.Source },
	"writes":      func(o Option) any { return o.Sink },
	"description": func(o Option) any { return o.Doc },
})

var ownFunctionRows = of(func(s *Snapshot) []function {
	return slices.DeleteFunc(slices.Clone(s.functions()), func(f function) bool { return f.doc == "" })
}, map[string]func(function) any{
	"name": func(f function) any { return f.name },
	"kind": func(f function) any {
		switch {
		case f.set:
			return "set"
		case f.kind == 'a':
			return "aggregate"
		case f.kind == 'w':
			return "window"
		}
		return "scalar"
	},
	"arguments":   func(f function) any { return f.arguments(true) },
	"result":      func(f function) any { return f.returns() },
	"description": func(f function) any { return f.doc },
})

var jobRows = of(func(s *Snapshot) []Job { return s.jobs() }, map[string]func(Job) any{
	"id":           func(j Job) any { return j.ID },
	"name":         func(j Job) any { return j.Name },
	"state":        func(j Job) any { return j.State },
	"reason":       func(j Job) any { return orNull(j.Reason) },
	"created":      func(j Job) any { return orNever(j.Created) },
	"started":      func(j Job) any { return orNever(j.Started) },
	"next_restart": func(j Job) any { return orNever(j.NextRestart) },
	"restarts":     func(j Job) any { return j.Restarts },
	"ended":        func(j Job) any { return orNever(j.Ended) },
	"rows_in":      func(j Job) any { return j.RowsIn },
	"rows_out":     func(j Job) any { return j.RowsOut },
	"sql":          func(j Job) any { return j.SQL },
})

var ownMaterializedRows = of(where(func(o *object) bool { return o.kind == 'm' }), map[string]func(*object) any{
	"name":  func(o *object) any { return o.name },
	"query": func(o *object) any { return definitionOf(o) },
})

var ownSettingRows = of(func(s *Snapshot) []Setting { return s.settings() }, map[string]func(Setting) any{
	"name":        func(x Setting) any { return x.Name },
	"value":       func(x Setting) any { return x.Value },
	"default":     func(x Setting) any { return x.Default },
	"description": func(x Setting) any { return x.Doc },
})

// shown is a table with its options as they may be shown.
type shown struct {
	*object
	options map[string]string
}

var ownTableRows = of(func(s *Snapshot) []shown {
	var out []shown
	for _, o := range s.objects() {
		if o.user() && o.is('r', 'm') {
			x := shown{object: o}
			if s.facts.Shown != nil {
				x.options = s.facts.Shown(o.table)
			}
			out = append(out, x)
		}
	}
	return out
}, map[string]func(shown) any{
	"name":      func(o shown) any { return o.table.Name.String() },
	"kind":      func(o shown) any { return o.table.Kind() },
	"connector": func(o shown) any { return o.table.Connector() },
	"format":    func(o shown) any { return orNull(o.table.Option("format", "")) },
	"options": func(o shown) any {
		var parts []string
		for name, value := range o.options {
			if name != "connector" && name != "format" {
				parts = append(parts, name+" = '"+strings.ReplaceAll(value, "'", "''")+"'")
			}
		}
		slices.Sort(parts)
		return orNull(strings.Join(parts, ", "))
	},
})
