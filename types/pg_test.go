package types

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
)

var update = flag.Bool("update", false, "have the PostgreSQL that psql connects to write testdata/pg_binary.txt")

// binaryTypes are the types of the first column of testdata/pg_binary.txt.
var binaryTypes = map[string]Type{
	"bool": Of(Bool), "int2": Of(Int16), "int4": Of(Int32), "int8": Of(Int64), "float4": Of(Float32), "float8": Of(Float64),
	"numeric(38,0)": DecimalOf(38, 0), "numeric(38,2)": DecimalOf(38, 2), "numeric(38,10)": DecimalOf(38, 10), "numeric(12,5)": DecimalOf(12, 5),
	"text": Of(Text), "bytea": Of(Bytes), "date": Of(Date), "time": Of(Time), "timestamp": Of(Timestamp), "timestamptz": Of(TimestampTZ),
	"interval": Of(Interval), "uuid": Of(UUID), "json": Of(JSON), "int4[]": ArrayOf(Of(Int32)), "text[]": ArrayOf(Of(Text)),
	"bool[]": ArrayOf(Of(Bool)), "timestamp[]": ArrayOf(Of(Timestamp)), "int4[][]": ArrayOf(ArrayOf(Of(Int32))), "numeric[]": ArrayOf(DecimalOf(10, 2)),
	"name": SysOf(SysName), "varchar": SysOf(SysVarchar), `"char"`: SysOf(SysChar), "cstring": SysOf(SysCString), "inet": SysOf(SysInet), "oid": SysOf(SysOID),
	"xid": SysOf(SysXID), "cid": SysOf(SysCID), "xid8": SysOf(SysXID8), "pg_lsn": SysOf(SysLSN), "regclass": SysOf(SysRegClass),
	"regtype": SysOf(SysRegType), "regproc": SysOf(SysRegProc), "regnamespace": SysOf(SysRegNamespace), "regrole": SysOf(SysRegRole),
	"int2vector": SysOf(SysInt2Vector), "oidvector": SysOf(SysOIDVector), "oid[]": ArrayOf(SysOf(SysOID)), "name[]": ArrayOf(SysOf(SysName)),
	`"char"[]`: ArrayOf(SysOf(SysChar)),
	"record":   RowOf(Field{"f1", Of(Int32)}, Field{"f2", Of(Text)}, Field{"f3", ArrayOf(Of(Int32))}),
}

type binaryCase struct{ kind, text, hex string }

func binaryCases(t testing.TB) []binaryCase {
	data, err := os.ReadFile("testdata/pg_binary.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []binaryCase
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		parts := strings.SplitN(line, " | ", 3)
		if line[0] == '#' || len(parts) < 2 {
			continue
		}
		c := binaryCase{kind: parts[0], text: parts[1]}
		if len(parts) > 2 {
			c.hex = parts[2]
		}
		out = append(out, c)
	}
	return out
}

// fromPostgres is a value as COPY … (FORMAT binary) gives it.
func fromPostgres(t *testing.T, c binaryCase) string {
	value := "'" + strings.ReplaceAll(c.text, "'", "''") + "'::" + c.kind
	if c.kind == "record" {
		value = c.text
	}
	cmd := exec.Command("psql", "-X", "-q", "-c", "COPY (SELECT "+value+") TO STDOUT (FORMAT binary)")
	cmd.Env = append(os.Environ(), "PGTZ=UTC")
	out, err := cmd.Output()
	const header, field = 19, 19 + 2 + 4 // then the number of columns and the length of the first
	if err != nil || len(out) < field {
		t.Fatalf("%s: %v", value, err)
	}
	n := binary.BigEndian.Uint32(out[header+2:])
	return hex.EncodeToString(out[field : field+n])
}

func TestPostgresWritesTheBinaryForms(t *testing.T) {
	if !*update {
		t.Skip("without -update")
	}
	var b bytes.Buffer
	b.WriteString("# A type, a value as text, and what COPY … (FORMAT binary) makes of it.\n# from: postgres 15\n")
	for _, c := range binaryCases(t) {
		b.WriteString(c.kind + " | " + c.text + " | " + fromPostgres(t, c) + "\n")
	}
	if err := os.WriteFile("testdata/pg_binary.txt", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, mem memory.Allocator, data []byte, typ Type) (arrow.Array, error) {
	t.Helper()
	b := array.NewBuilder(mem, typ.Arrow())
	defer b.Release()
	err := DecodePG(b, data, typ)
	if err != nil {
		return nil, err
	}
	a := b.NewArray()
	if a.Len() != 1 {
		t.Errorf("%d values are read of one of %s", a.Len(), typ)
	}
	return a, nil
}

func TestBinaryFormsAreThoseOfPostgres(t *testing.T) {
	seen := map[Kind]bool{}
	for _, c := range binaryCases(t) {
		typ, ok := binaryTypes[c.kind]
		if !ok {
			t.Fatalf("no type for %s", c.kind)
		}
		seen[typ.Kind] = true
		data, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		a, err := decode(t, mem, data, typ)
		if err != nil {
			t.Errorf("%s %s: %v", c.kind, c.text, err)
			continue
		}
		if got := string(AppendText(nil, a, 0, typ)); got != c.text && c.kind != "record" {
			t.Errorf("%s %s is read as %s", c.kind, c.text, got)
		}
		back, err := AppendPG(nil, a, 0, typ)
		if err != nil || !bytes.Equal(back, data) {
			t.Errorf("%s %s is written as %x, PostgreSQL has %s (%v)", c.kind, c.text, back, c.hex, err)
		}
		a.Release()
		mem.AssertSize(t, 0)
	}
	for _, k := range Kinds() {
		if !seen[k] && k != Map { // which PostgreSQL lacks: it goes as JSON
			t.Errorf("no binary form of %s is compared with PostgreSQL's", k)
		}
	}
}

func TestBinaryDataThatIsCutOffIsRefused(t *testing.T) {
	for _, c := range binaryCases(t) {
		typ := binaryTypes[c.kind]
		if slices.Contains([]Kind{Text, Bytes, JSON}, typ.Kind) {
			continue // of which every part is a value, or is refused as text
		}
		data, _ := hex.DecodeString(c.hex)
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		for n := range data {
			if _, err := decode(t, mem, data[:n], typ); sqlerr.Code(err) != "22P03" {
				t.Errorf("%s %s: %d bytes of %d give %v", c.kind, c.text, n, len(data), err)
			}
		}
		if _, err := decode(t, mem, append(data, 0), typ); sqlerr.Code(err) != "22P03" {
			t.Errorf("%s %s: a byte too many gives %v", c.kind, c.text, err)
		}
		mem.AssertSize(t, 0)
	}
}

// TestNoCellOfTheTableIsMissing goes through all that a type is known by.
func TestNoCellOfTheTableIsMissing(t *testing.T) {
	names := Names()
	for _, k := range Kinds() {
		typ := Of(k)
		switch k {
		case Decimal:
			typ = DecimalOf(10, 2)
		case Array:
			typ = ArrayOf(Of(Int32))
		case Map:
			typ = MapOf(Of(Text), Of(Int32))
		case Row:
			typ = RowOf(Field{"a", Of(Int32)})
		}
		r := k.row()
		if r == nil || r.kind != k {
			t.Fatalf("kind %d has no row", k)
		}
		if back, ok := KindByName(k.String()); !ok || back != k || !slices.Contains(names, k.String()) {
			t.Errorf("%s is not found by its name", k)
		}
		if typ.OID() == 0 || ArrayOf(typ).OID() == 0 {
			t.Errorf("%s has no OID, or its array has none", k)
		}
		if len(typ.CQL()) == 0 {
			t.Errorf("%s has no CQL type", k)
		}
		mem := memory.NewGoAllocator()
		b := array.NewBuilder(mem, typ.Arrow())
		b.AppendEmptyValue()
		b.AppendNull()
		a := b.NewArray()
		if a.Len() != 2 || a.NullN() != 1 {
			t.Fatalf("%s has no Arrow layout", k)
		}
		if k != Text && k != JSON && len(AppendText(nil, a, 0, typ)) == 0 {
			t.Errorf("%s has no text", k)
		}
		if got := AppendJSON(nil, a, 0, typ); k != JSON && CheckJSON(string(got)) != nil {
			t.Errorf("%s as JSON is %s", k, got)
		}
		if _, err := AppendPG(nil, a, 0, typ); err != nil {
			t.Errorf("%s in binary: %v", k, err)
		}
		if k != Map && k != Row { // which are not read from text
			text := string(AppendText(nil, a, 0, typ))
			if k == Array {
				if _, err := SplitArray(nil, text, false); err != nil {
					t.Errorf("%s is not read from its text %q: %v", k, text, err)
				}
			} else if _, err := ParseValue(text, typ); err != nil && k != JSON {
				t.Errorf("%s is not read from its text %q: %v", k, text, err)
			}
		}
	}
}
