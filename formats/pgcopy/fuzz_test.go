package pgcopy_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats/pgcopy"
	"millrace/types"
)

// fuzzed are columns of the types that are read in ways of their own.
var fuzzed = types.Schema{
	{Name: "id", Type: types.Of(types.Int32)}, {Name: "name", Type: types.Of(types.Text)}, {Name: "price", Type: types.DecimalOf(10, 2)},
	{Name: "at", Type: types.Of(types.Timestamp)}, {Name: "tags", Type: types.ArrayOf(types.Of(types.Text))}, {Name: "raw", Type: types.Of(types.Bytes)},
}

var fuzzedOptions = []pgcopy.Options{
	pgcopy.Defaults(pgcopy.Text), pgcopy.Defaults(pgcopy.CSV), pgcopy.Defaults(pgcopy.Binary),
	{Format: pgcopy.Text, Delimiter: '|', Null: "-"},
	{Format: pgcopy.CSV, Delimiter: ';', Quote: '\'', Escape: '\\', Null: "none", ForceNull: []bool{true, true, true, true, true, true}},
}

// copied decodes rows, and encodes them again.
func copied(t *testing.T, in io.Reader, s types.Schema, o pgcopy.Options) (string, error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	d, err := pgcopy.NewDecoder(in, "t", s, o, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	e := pgcopy.NewEncoder(s, o)
	out := e.Start(nil)
	for {
		cols, n, err := d.Next()
		if errors.Is(err, io.EOF) {
			return string(e.End(out)), nil
		}
		if err != nil {
			return string(out), err
		}
		rec := array.NewRecordBatch(s.Arrow(), cols, int64(n))
		for _, c := range cols {
			c.Release()
		}
		e.Begin(rec)
		for i := range n {
			if out, err = e.Append(out, i); err != nil {
				t.Fatalf("a row that was read is not written: %v", err)
			}
		}
		rec.Release()
	}
}

// FuzzDecoder reads anything: at once and a byte at a time it is the same, and what was read is written and read again as
// the same rows.
func FuzzDecoder(f *testing.F) {
	for i := range fuzzedOptions {
		for _, text := range []string{
			"1\ta\\tb\t1.50\t2026-01-02 03:04:05\t{x,\"y z\",NULL}\t\\\\x00ff\n2\t\\N\t\\N\t\\N\t\\N\t\\N\n\\.\n", "1,\"a\"\"b\n\",1,,{},\\x\r\n2,,,,,\r\n",
			"1|-|-|-|-|-\n", "1;'it\\'s';none;none;none;none\n", "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01x\xff\xff",
			"PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x04\x00\x00\x00\x07" + strings.Repeat("\xff", 20) + "\xff\xff",
		} {
			f.Add(uint8(i), uint8(6), []byte(text))
			f.Add(uint8(i), uint8(2), []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, options, columns uint8, data []byte) {
		o, s := fuzzedOptions[int(options)%len(fuzzedOptions)], fuzzed[:int(columns)%(len(fuzzed)+1)]
		got, err := copied(t, bytes.NewReader(data), s, o)
		slow, slowErr := copied(t, iotest.OneByteReader(bytes.NewReader(data)), s, o)
		if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() || got != slow {
			t.Fatalf("at once %q and %v, a byte at a time %q and %v", got, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		again, err := copied(t, strings.NewReader(got), s, o)
		if err != nil || again != got {
			t.Fatalf("%q is written as %q, which is read as %q, %v", data, got, again, err)
		}
	})
}
