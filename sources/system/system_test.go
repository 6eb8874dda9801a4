package system

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/types"
)

var update = flag.Bool("update", false, "have the PostgreSQL 15 that psql connects to write postgres/*.txt anew")

// psql has PostgreSQL answer a query, in the text of COPY.
func psql(t *testing.T, query string) string {
	t.Helper()
	cmd := exec.Command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "COPY ("+query+") TO STDOUT")
	var fault bytes.Buffer
	cmd.Stderr = &fault
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, fault.String())
	}
	return string(out)
}

// quoted are texts as a list of SQL's.
func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strings.Join(out, ", ")
}

// knownTypes are the OIDs of the types that a value of millrace can have, and of those that its functions are said to take.
func knownTypes() []string {
	// unknown, record, record[], any, anyarray, void, anyelement, anynonarray, internal, jsonb, jsonb[], anycompatible,
	// anycompatiblearray, anycompatiblenonarray, trigger
	oids := []uint32{705, 2249, 2287, 2276, 2277, 2278, 2283, 2776, 2281, 3802, 3807, 5077, 5078, 5079, 2279}
	add := func(t types.Type) { oids = append(oids, t.OID(), t.ArrayOID()) }
	for _, k := range types.Kinds() {
		if k != types.Array && k != types.Map && k != types.Row {
			add(types.Of(k))
		}
	}
	for _, s := range types.SysTypes() {
		add(types.SysOf(s))
	}
	slices.Sort(oids)
	var out []string
	for _, o := range slices.Compact(oids) {
		if o != 0 {
			out = append(out, fmt.Sprint(o))
		}
	}
	return out
}

// write puts what PostgreSQL says of a relation's rows into its file.
func write(t *testing.T, name, where string) {
	columns := strings.Split(strings.TrimSpace(psql(t, "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = '"+name+"'::regclass ORDER BY attnum")), "\n")
	values := make([]string, len(columns))
	for i, c := range columns {
		switch values[i] = c; {
		case c == "prosrc":
			values[i] = "proname" // its text is PostgreSQL's
		case c == "prosqlbody", c == "proargdefaults", strings.HasSuffix(c, "acl"):
			values[i] = "NULL"
		case strings.HasSuffix(c, "owner"):
			values[i] = "10"
		}
	}
	types := strings.Split(strings.TrimSpace(psql(t, "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attnum > 0 AND attrelid = '"+name+"'::regclass ORDER BY attnum")), "\n")
	for i := range values {
		if types[i] == "regproc" {
			values[i] += "::oid"
		}
	}
	rows := psql(t, "SELECT "+strings.Join(values, ", ")+" FROM "+name+" WHERE "+where+" ORDER BY oid")
	if err := os.WriteFile("postgres/"+name+".txt", []byte(strings.Join(columns, "\t")+"\n"+rows), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresWritesItsOwnRelations(t *testing.T) {
	if !*update {
		return
	}
	var b strings.Builder
	for _, list := range [][]*relation{pgCatalog(), informationSchema()} {
		for _, r := range list {
			head := psql(t, fmt.Sprintf("SELECT oid, relkind FROM pg_class WHERE relname = '%s' AND relnamespace = '%s'::regnamespace", r.name, r.schema))
			fmt.Fprintf(&b, "%s.%s %s\n", r.schema, r.name, strings.ReplaceAll(strings.TrimSpace(head), "\t", " "))
			for line := range strings.Lines(psql(t, fmt.Sprintf("SELECT attname || ' ' || format_type(COALESCE(NULLIF(typbasetype, 0), atttypid), NULL) || CASE WHEN attnotnull THEN ' not null' ELSE '' END "+
				"FROM pg_attribute JOIN pg_type t ON t.oid = atttypid WHERE attnum > 0 AND attrelid = '%s.%s'::regclass ORDER BY attnum", r.schema, r.name))) {
				b.WriteString("\t" + line)
			}
		}
	}
	if err := os.WriteFile("postgres/relations.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	zones := psql(t, "SELECT name FROM pg_timezone_names WHERE name !~ '^posix|localtime' ORDER BY name")
	if err := os.WriteFile("postgres/zones.txt", []byte(zones), 0o644); err != nil {
		t.Fatal(err)
	}
	known := strings.Join(knownTypes(), ", ")
	var names, operators []string
	for _, f := range expr.Functions() {
		names, operators = append(names, f.Name), append(operators, f.Name)
	}
	names = append(names, expr.FunctionNames()...)
	for _, f := range expr.SetFunctions() {
		names = append(names, f.Name)
	}
	names = append(names, agg.Names()...)
	for _, f := range over.Functions() {
		names = append(names, f.Name)
	}
	write(t, "pg_type", "oid IN ("+known+")")
	write(t, "pg_am", "amname IN ('heap', 'btree')")
	write(t, "pg_opclass", "opcmethod = 403 AND opcdefault AND opcintype IN ("+known+")")
	write(t, "pg_opfamily", "oid IN (SELECT opcfamily FROM pg_opclass WHERE opcmethod = 403 AND opcdefault AND opcintype IN ("+known+"))")
	write(t, "pg_language", "true")
	write(t, "pg_collation", "collname IN ('default', 'C', 'POSIX')")
	write(t, "pg_cast", "castsource IN ("+known+") AND casttarget IN ("+known+")")
	write(t, "pg_operator", "oprname IN ("+quoted(operators)+") AND oprleft IN (0, "+known+") AND oprright IN ("+known+")")
	write(t, "pg_proc", "prokind <> 'p' AND NOT EXISTS (SELECT FROM unnest(proargtypes) a WHERE a NOT IN ("+known+")) AND prorettype IN ("+known+") AND pronamespace = 11 AND (proname IN ("+quoted(names)+
		") AND NOT 2281 = ANY (proargtypes) OR oid IN (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout]::oid[]) FROM pg_type WHERE oid IN ("+known+")))")
}
