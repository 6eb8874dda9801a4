package flowtest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/types"
)

// A row as text has its cells between bars: "12:00:10 | a | 5 | NULL". A cell is what the column's Arrow builder reads
// (numbers, true, text); a text that is empty, has bars or spaces around it or is called NULL stands in 'quotes',
// doubled inside. A point in time is microseconds as a number, "15:04:05.999999" on the first day of the epoch, or
// with the date in front.

// Rows renders the rows of rec.
func Rows(rec arrow.RecordBatch) []string {
	rows := make([]string, rec.NumRows())
	cells := make([]string, rec.NumCols())
	for i := range rows {
		for c := range cells {
			cells[c] = Cell(rec.Column(c), i)
		}
		rows[i] = strings.Join(cells, " | ")
	}
	return rows
}

var opMarks = [...]string{flow.Insert: "", flow.UpdateBefore: "u- ", flow.UpdateAfter: "u+ ", flow.Delete: "- "}

// BatchRows renders the rows of b with their ops in front: "u- ", "u+ ", "- ", nothing for an insert.
func BatchRows(b *flow.Batch) []string {
	rows := Rows(b.Rec)
	for i := range b.Ops {
		rows[i] = opMarks[b.Ops[i]] + rows[i]
	}
	return rows
}

// Record makes rows of text into a record. It fails the test where a cell cannot be read.
func Record(t testing.TB, mem memory.Allocator, schema types.Schema, rows ...string) arrow.RecordBatch {
	t.Helper()
	rec, err := record(mem, schema, rows)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func record(mem memory.Allocator, schema types.Schema, rows []string) (arrow.RecordBatch, error) {
	rb := array.NewRecordBuilder(mem, schema.Arrow())
	defer rb.Release()
	for _, row := range rows {
		cells := split(row)
		if len(cells) != len(schema) {
			return nil, fmt.Errorf("%q has %d cells, the schema has %d columns", row, len(cells), len(schema))
		}
		for c, cell := range cells {
			if err := appendCell(rb.Field(c), cell); err != nil {
				return nil, fmt.Errorf("%q: column %s: %w", row, schema[c].Name, err)
			}
		}
	}
	return rb.NewRecordBatch(), nil
}

// normalize is a row as text in the spelling that Rows gives.
func normalize(schema *arrow.Schema, row string) (string, error) {
	cells := split(row)
	if len(cells) != schema.NumFields() {
		return "", fmt.Errorf("%q has %d cells, the output has %d columns: %v", row, len(cells), schema.NumFields(), schema)
	}
	for c, cell := range cells {
		b := array.NewBuilder(memory.DefaultAllocator, schema.Field(c).Type)
		if err := appendCell(b, cell); err != nil {
			return "", fmt.Errorf("%q: column %s: %w", row, schema.Field(c).Name, err)
		}
		col := b.NewArray()
		cells[c] = Cell(col, 0)
		col.Release()
		b.Release()
	}
	return strings.Join(cells, " | "), nil
}

// Cell renders value i of col.
func Cell(col arrow.Array, i int) string {
	if col.IsNull(i) {
		return "NULL"
	}
	switch col := col.(type) {
	case *array.Timestamp:
		return timeText(flow.Time(col.Value(i)))
	case *array.String:
		return textCell(col.Value(i))
	}
	return col.ValueStr(i)
}

func textCell(s string) string {
	if s == "" || s == "NULL" || strings.ContainsAny(s, "|'\n@") || strings.TrimSpace(s) != s {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strings.Clone(s)
}

func appendCell(b array.Builder, cell string) error {
	if cell == "NULL" {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.TimestampBuilder:
		at, err := parseTime(cell)
		b.Append(arrow.Timestamp(at))
		return err
	case *array.StringBuilder:
		if strings.HasPrefix(cell, "'") && strings.HasSuffix(cell, "'") && len(cell) > 1 {
			cell = strings.ReplaceAll(cell[1:len(cell)-1], "''", "'")
		}
		b.Append(cell)
		return nil
	}
	return b.AppendValueFromString(cell)
}

// split cuts a row at the bars that are not in quotes.
func split(row string) []string {
	var cells []string
	start, quoted := 0, false
	for i := range len(row) {
		switch {
		case row[i] == '\'':
			quoted = !quoted
		case row[i] == '|' && !quoted:
			cells = append(cells, strings.TrimSpace(row[start:i]))
			start = i + 1
		}
	}
	return append(cells, strings.TrimSpace(row[start:]))
}

const dateTime = "2006-01-02 15:04:05.999999"

// timeText is a point in time as scripts show it: a number within a second of the epoch, else a time of day with the
// date where that is not the first day of the epoch; "none" and "end" at the ends of time.
func timeText(t flow.Time) string {
	if t == flow.MinTime || t == flow.MaxTime {
		return t.String()
	}
	if t > -1_000_000 && t < 1_000_000 {
		return strconv.FormatInt(int64(t), 10)
	}
	return strings.TrimPrefix(time.UnixMicro(int64(t)).UTC().Format(dateTime), "1970-01-01 ")
}

func parseTime(s string) (flow.Time, error) {
	switch s {
	case flow.MinTime.String():
		return flow.MinTime, nil
	case flow.MaxTime.String():
		return flow.MaxTime, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return flow.Time(n), nil
	}
	if !strings.Contains(s, " ") {
		s = "1970-01-01 " + s
	}
	t, err := time.Parse(dateTime, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 12, 15:04:05 or 2006-01-02 15:04:05.000001", s)
	}
	return flow.Time(t.UnixMicro()), nil
}
