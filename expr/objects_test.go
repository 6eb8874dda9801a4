package expr_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// objects is a catalog of a table with a key, a view, a schema and a user.
type objects struct{}

var objectNames = []struct {
	of   types.Sys
	oid  uint32
	name string
}{
	{types.SysRegClass, 16384, "bids"},
	{types.SysRegClass, 16386, "big_bids"},
	{types.SysRegClass, 16388, "bids_pkey"},
	{types.SysRegNamespace, 2200, "public"},
	{types.SysRegRole, 10, "mira"},
	{types.SysRegType, 23, "integer"},
	{types.SysRegType, 23, "int4"},
}

func (objects) OID(of types.Sys, name string) (uint32, error) {
	for _, o := range objectNames {
		if o.name == name && (o.of == of || of == types.SysRegProcedure && o.of == types.SysRegProc) {
			return o.oid, nil
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedTable, 0, "relation %q does not exist", name)
}

func (objects) Name(of types.Sys, oid uint32) (string, bool) {
	for _, o := range objectNames {
		if o.of == of && o.oid == oid {
			return o.name, true
		}
	}
	return "", false
}

func (o objects) Visible(of types.Sys, oid uint32) (visible, exists bool) {
	_, exists = o.Name(of, oid)
	return exists, exists
}

func (objects) Definition(what expr.Definition, oid uint32, part int) (string, bool) {
	switch {
	case what == expr.ViewDef && oid == 16386:
		return "SELECT * FROM bids WHERE price > 100", true
	case what == expr.IndexDef && oid == 16388 && part == 1:
		return "id", true
	case what == expr.ConstraintDef && oid == 16390:
		return "PRIMARY KEY (id)", true
	}
	return "", false
}

func (objects) Description(relation string, oid uint32, part int) (string, bool) {
	return "the bids that came in", relation == "pg_class" && oid == 16384 && part == 0
}

func (o objects) Size(oid uint32) (int64, bool) {
	_, exists := o.Name(types.SysRegClass, oid)
	return 8192, exists || oid == 0
}

func (objects) Signal(int64, bool) (bool, error) { return false, nil }

func (objects) Started() int64 { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() }

func TestFunctionsOnTheCatalog(t *testing.T) {
	for _, tc := range []struct{ call, want string }{
		{"format_type(1043, 14)", "character varying(10)"},
		{"format_type(1043, -1)", "character varying"},
		{"format_type(1231, 655366)", "numeric(10,2)[]"},
		{"format_type(1114, 3)", "timestamp(3) without time zone"},
		{"format_type(23, NULL)", "integer"},
		{"format_type(0, NULL)", "-"},
		{"format_type(99999, NULL)", "???"},
		{"format_type(NULL, 4)", "NULL"},
		{"pg_get_userbyid(11)", "unknown (OID=11)"},
		{"'bids'::regclass::oid", "16384"},
		{"16384::regclass::text", "bids"},
		{"to_regclass('bidds')::text", "NULL"},
		{"to_regclass('bids')::text || '!'", "bids!"},
		{"'bids'::regclass = 16384", "true"},
		{"has_table_privilege('mira', 'bids', 'select, INSERT WITH GRANT OPTION')", "true"},
		{"has_table_privilege(16384, 'SELECT')", "true"},
		{"has_table_privilege(1, 'SELECT')", "NULL"},
		{"has_column_privilege('mira', 16384, 1::smallint, 'SELECT')", "true"},
		{"pg_table_is_visible(1)", "NULL"},
		{"pg_total_relation_size('bids')", "8192"},
		{"pg_relation_size(16384, 'main')", "8192"},
		{"obj_description(16384, 'pg_class')", "the bids that came in"},
		{"pg_get_viewdef('big_bids')", "SELECT * FROM bids WHERE price > 100"},
		{"pg_get_viewdef(16384)", "NULL"},
		{"pg_get_triggerdef(1, true)", "NULL"},
	} {
		if got := evaluate(t, tc.call); got != tc.want {
			t.Errorf("%s is %s, want %s", tc.call, got, tc.want)
		}
	}
}

func TestFunctionsOnTheCatalogThatFail(t *testing.T) {
	for _, tc := range []struct{ call, code string }{
		{"'bidds'::regclass", "42P01"},
		{"has_table_privilege('bidds', 'SELECT')", "42P01"},
		{"has_table_privilege('bids', 'LOOK')", "22023"},
		{"pg_get_viewdef('bidds')", "42P01"},
		{"pg_get_serial_sequence('bidds', 'id')", "42P01"},
		{"pg_advisory_lock(1)", "0A000"},
		{"pg_try_advisory_lock(1, 2)", "0A000"},
		{"pg_size_bytes('1 mile')", "22023"},
	} {
		if got := evaluate(t, tc.call); !strings.HasPrefix(got, "error "+tc.code) {
			t.Errorf("%s gives %s, want an error %s", tc.call, got, tc.code)
		}
	}
}

func TestSleepEndsWithTheQuery(t *testing.T) {
	call, err := expr.NewCall("pg_sleep", []expr.Expr{expr.NewLiteral(3600.0, types.Of(types.Float64), 0)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(context.Background())
	stop(stopped)
	rec := array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
	if _, err := call.Eval(&expr.Ctx{Context: ctx, Mem: memory.NewGoAllocator()}, rec); !errors.Is(err, stopped) {
		t.Errorf("an hour's sleep ends with %v", err)
	}
}
