package system

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/expr"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample is a catalog with something for every relation that has rows.
func sample(t *testing.T) *Snapshot {
	t.Helper()
	m := catalog.NewMemory()
	column := func(name string, typ types.Type) catalog.Column {
		return catalog.Column{Column: types.Column{Name: name, Type: typ}}
	}
	columns := []catalog.Column{
		column("id", types.Of(types.Int64)), column("Price", types.DecimalOf(10, 2)), column("tags", types.ArrayOf(types.Of(types.Text))),
		column("m", types.MapOf(types.Of(types.Text), types.Of(types.Int32))), column("r", types.RowOf(types.Field{Name: "a", Type: types.Of(types.Bool)})),
	}
	columns[1].Default = "0"
	columns = append(columns, catalog.Column{Column: types.Column{Name: "twice", Type: types.Of(types.Int64)}, Computed: "id * 2"})
	kept := map[string]catalog.Option{"connector": {Value: catalog.Embedded}}
	for _, table := range []*catalog.Table{
		{Name: catalog.Name{Table: "bids"}, Columns: columns, PrimaryKey: []int{0}, Options: kept},
		{Name: catalog.Name{Table: "hourly"}, Columns: columns[:1], PrimaryKey: []int{0}, Query: "SELECT id FROM bids", Options: kept},
		{Name: catalog.Name{Table: "topic"}, Columns: columns[:2], Direction: catalog.In, Options: map[string]catalog.Option{"connector": {Value: "kafka"}, "sasl.password": {Value: "hunter2"}}},
		{Name: catalog.Name{Table: "pg_class"}, Columns: columns[:1], Options: kept},
	} {
		if err := m.Create(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"v", "broken"} {
		if err := m.CreateView(t.Context(), &catalog.View{Name: catalog.Name{Table: name}, Query: "SELECT 1 AS one"}, false); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return NewSnapshot(Facts{
		Catalog: m,
		ViewColumns: func(_ context.Context, v *catalog.View) (types.Schema, error) {
			if v.Name.Table == "broken" {
				return nil, errors.New("its table has gone")
			}
			return types.Schema{{Name: "one", Type: types.Of(types.Int32)}}, nil
		},
		TableRows:  func(t *catalog.Table) (int64, bool) { return 7, t.Embedded() },
		TableBytes: func(t *catalog.Table) int64 { return 8192 },
		Users:      func() []string { return []string{"mira", "tom"} },
		User:       "mira",
		Sessions: func() []Activity {
			return []Activity{{PID: 1, User: "mira", Client: "127.0.0.1", Port: 5000, Kind: "client backend", Began: now, State: "active", Query: "SELECT 1"}}
		},
		Settings: func() []Setting { return []Setting{{"mode", "batch", "auto", "How."}} },
		Options:  func() []Option { return []Option{{Connector: "kafka", Name: "topic", Required: true, Source: true}} },
		Shown: func(*catalog.Table) map[string]string {
			return map[string]string{"sasl.password": "***", "topic": "it's"}
		},
		Jobs:    func() []Job { return []Job{{ID: "1", Name: "j", State: "running", Created: now}} },
		Started: now,
	})
}

// TestEveryRelationReads reads all columns of all relations, whole and each column alone.
func TestEveryRelationReads(t *testing.T) {
	s := sample(t)
	for _, r := range relations() {
		t.Run(r.schema+"."+r.name, func(t *testing.T) {
			if r.definition == nil {
				t.Fatal("there is no definition: run the tests of this package with -update")
			}
			if r.doc == "" {
				t.Error("nothing is said about it")
			}
			if r.rows != nil {
				for _, name := range r.rows.names() {
					// what some relations share has columns that others do not have
					if schemaOf(r.definition.columns).Index(name) < 0 && !slices.Contains(shared, r.name) {
						t.Errorf("it has no column %q", name)
					}
				}
			}
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			table := r.table(s)
			all := make([]int, len(table.Columns))
			for i := range all {
				all[i] = i
			}
			rows := readAll(t, table, all, mem)
			if n, ok := New().(sources.Sizer).Rows(t.Context(), table); !ok || n != rows {
				t.Errorf("%d rows of %d are read", rows, n)
			}
			if len(all) > 1 && readAll(t, table, all[1:2], mem) != rows {
				t.Error("one column has another number of rows")
			}
		})
	}
}

// shared are relations whose rows are those of others, with fewer columns.
var shared = []string{"pg_user", "pg_shadow", "pg_authid", "pg_statio_all_tables", "pg_statio_user_tables"}

// readAll reads a relation, finds NULLs where there must be none, and tells how many rows there are.
func readAll(t *testing.T, table *catalog.Table, columns []int, mem memory.Allocator) int64 {
	t.Helper()
	src, err := New().Open(t.Context(), &sources.Scan{Table: table, Pushdown: sources.Pushdown{Columns: columns}, Bounded: true}, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var rows int64
	at := sources.Position("")
	for {
		reader, err := src.Open(t.Context(), sources.Split{ID: "rows"}, at, func() {})
		if err != nil {
			t.Fatal(err)
		}
		b, err := reader.Next(t.Context())
		if at = reader.Position(); errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Rec.NumRows()
		for i, c := range columns {
			if col := table.Columns[c]; col.NotNull && b.Rec.Column(i).NullN() > 0 {
				t.Errorf("column %s has NULLs", col.Name)
			}
		}
		b.Release()
	}
}

// TestColumnsAreOfPostgresTypes holds the file to the types: each has a row of pg_type.
func TestColumnsAreOfPostgresTypes(t *testing.T) {
	for name, d := range definitions() {
		for _, c := range d.columns {
			if typeInfos()[c.Type.OID()] == nil {
				t.Errorf("%s.%s: pg_type has no %s", name, c.Name, c.Type)
			}
		}
	}
	if len(definitions()) < 140 {
		t.Errorf("%d definitions", len(definitions()))
	}
}

func TestOIDsAreUniqueAndStable(t *testing.T) {
	first, again := sample(t), sample(t)
	seen := map[uint32]string{}
	for i, o := range first.objects() {
		if seen[o.oid] != "" {
			t.Errorf("%s and %s have OID %d", seen[o.oid], o.name, o.oid)
		}
		seen[o.oid] = o.schema + "." + o.name
		if again.objects()[i].oid != o.oid {
			t.Errorf("%s has another OID the next time", o.name)
		}
		if o.user() != (o.oid >= firstOID) {
			t.Errorf("%s has OID %d", o.name, o.oid)
		}
	}
	functions := map[uint32]string{}
	for _, f := range first.functions() {
		if functions[f.oid] != "" {
			t.Errorf("functions %s and %s have OID %d", functions[f.oid], f.name, f.oid)
		}
		functions[f.oid] = f.name
	}
	same := []int{0, 1, 2}
	oids := map[uint32]bool{}
	number(same, func(int) string { return "alike" }, func(_ int, oid uint32) { oids[oid] = true })
	if len(oids) != 3 {
		t.Errorf("three that hash alike have the OIDs %v", oids)
	}
}

func TestNamesAndOIDsLeadToEachOther(t *testing.T) {
	s := sample(t)
	for _, tc := range []struct {
		of         types.Sys
		name, want string // want: what its OID is called
	}{
		{types.SysRegClass, "bids", "bids"}, {types.SysRegClass, "public.bids", "bids"}, {types.SysRegClass, `"bids"`, "bids"},
		{types.SysRegClass, "BIDS", "bids"}, {types.SysRegClass, "pg_class", "pg_class"}, {types.SysRegClass, "pg_catalog.pg_class", "pg_class"},
		{types.SysRegClass, "public.pg_class", "public.pg_class"}, {types.SysRegClass, "information_schema.tables", "information_schema.tables"},
		{types.SysRegClass, "millrace.jobs", "millrace.jobs"}, {types.SysRegClass, "bids_pkey", "bids_pkey"},
		{types.SysRegType, "int", "integer"}, {types.SysRegType, "varchar(3)", "character varying"}, {types.SysRegType, `"char"`, `"char"`},
		{types.SysRegType, "char", "character"}, {types.SysRegType, "bigint[]", "bigint[]"}, {types.SysRegType, "pg_catalog.text", "text"},
		{types.SysRegType, "timestamp(3) with time zone", "timestamp with time zone"}, {types.SysRegType, "any", `"any"`},
		{types.SysRegNamespace, "public", "public"}, {types.SysRegNamespace, "millrace", "millrace"}, {types.SysRegRole, "mira", "mira"}, {types.SysRegRole, "millrace", "millrace"},
		{types.SysRegProc, "row_number", "row_number"}, {types.SysRegProcedure, "lower(text)", "lower(text)"}, {types.SysRegProcedure, "pg_catalog.substr(text, int, int4)", "substr(text,integer,integer)"},
		{types.SysRegOperator, "->>", "->>(json,integer)"}, {types.SysRegCollation, `"C"`, `"C"`},
	} {
		oid, err := s.OID(tc.of, tc.name)
		if err != nil && tc.of != types.SysRegOperator {
			t.Errorf("%s %s: %v", tc.of, tc.name, err)
			continue
		}
		if name, ok := s.Name(tc.of, oid); err == nil && (!ok || name != tc.want) {
			t.Errorf("%s %s is called %s", tc.of, tc.name, name)
		}
	}
	for _, tc := range []struct {
		of         types.Sys
		name, code string
	}{
		{types.SysRegClass, "nosuch", sqlerr.UndefinedTable}, {types.SysRegClass, "public.tables", sqlerr.UndefinedTable}, {types.SysRegClass, `"BIDS"`, sqlerr.UndefinedTable},
		{types.SysRegClass, `"bids`, sqlerr.InvalidName}, {types.SysRegClass, "", sqlerr.InvalidName}, {types.SysRegClass, "a..b", sqlerr.InvalidName}, {types.SysRegClass, `"a"b`, sqlerr.InvalidName},
		{types.SysRegType, "nosuch", sqlerr.UndefinedObject}, {types.SysRegType, "int)(", sqlerr.UndefinedObject}, {types.SysRegType, "", sqlerr.UndefinedObject},
		{types.SysRegNamespace, "nosuch", sqlerr.InvalidSchemaName}, {types.SysRegRole, "nosuch", sqlerr.UndefinedObject},
		{types.SysRegProc, "nosuch", sqlerr.UndefinedFunction}, {types.SysRegProc, "count", ambiguousFunction}, {types.SysRegProcedure, "lower(nosuch)", sqlerr.UndefinedObject},
		{types.SysRegProcedure, "lower(int)", sqlerr.UndefinedFunction}, {types.SysRegProcedure, "lower", sqlerr.InvalidText}, {types.SysRegOper, "=", ambiguousFunction},
		{types.SysRegOper, "<#>", sqlerr.UndefinedFunction}, {types.SysRegCollation, "nosuch", sqlerr.UndefinedObject}, {types.SysRegConfig, "english", sqlerr.UndefinedObject},
	} {
		if _, err := s.OID(tc.of, tc.name); sqlerr.Code(err) != tc.code {
			t.Errorf("%s %q: %v", tc.of, tc.name, err)
		}
	}
}

func TestDefinitions(t *testing.T) {
	s := sample(t)
	oid := func(of types.Sys, name string) uint32 {
		o, err := s.OID(of, name)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	index, lower := oid(types.SysRegClass, "bids_pkey"), oid(types.SysRegProcedure, "lower(text)")
	for _, tc := range []struct {
		d    expr.Definition
		oid  uint32
		part int
		want string // empty: there is none
	}{
		{expr.ViewDef, oid(types.SysRegClass, "v"), 0, " SELECT 1 AS one;"}, {expr.ViewDef, oid(types.SysRegClass, "hourly"), 0, " SELECT id FROM bids;"},
		{expr.ViewDef, oid(types.SysRegClass, "bids"), 0, ""}, {expr.ViewDef, 1, 0, ""},
		{expr.IndexDef, index, 0, "CREATE UNIQUE INDEX bids_pkey ON public.bids USING btree (id)"}, {expr.IndexDef, index, 1, "id"}, {expr.IndexDef, index, 2, ""},
		{expr.ConstraintDef, index, 0, "PRIMARY KEY (id)"}, {expr.ConstraintDef, lower, 0, ""},
		{expr.FunctionArguments, lower, 0, "text"}, {expr.FunctionResult, lower, 0, "text"}, {expr.FunctionResult, index, 0, ""},
	} {
		if got, ok := s.Definition(tc.d, tc.oid, tc.part); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q, %v", fmt.Sprint(tc), got, ok)
		}
	}
	if visible, exists := s.Visible(types.SysRegClass, oid(types.SysRegClass, "public.pg_class")); visible || !exists {
		t.Error("a user's pg_class is found before the system's")
	}
	if n, ok := s.Size(oid(types.SysRegClass, "bids")); n != 8192 || !ok {
		t.Errorf("bids takes %d", n)
	}
	if _, ok := s.Size(1); ok {
		t.Error("what does not exist has a size")
	}
}
