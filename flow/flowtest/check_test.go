package flowtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
	"millrace/types"
)

var pairs = types.Schema{
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "key", Type: types.Of(types.Int64)},
}

// hold is a small operator with state, and with a bug for each test: it keeps rows until the watermark has passed
// them and lets them out in the order in which they came.
type hold struct{ bug string }

func (s hold) Describe() flow.Description { return flow.Description{Name: "Hold"} }

func (s hold) Open(tc *flow.TaskContext) (flow.Operator, error) {
	h := &holding{bug: s.bug, tc: tc, wm: flow.MinTime}
	if tc.State == nil || s.bug == "forgets its state" {
		return h, nil
	}
	return h, tc.State.Scan("rows", func(rec arrow.RecordBatch) error { return h.keep(rec) })
}

type holding struct {
	bug  string
	tc   *flow.TaskContext
	recs []arrow.RecordBatch // of one row each
	used int64
	wm   flow.Time
}

func (h *holding) keep(rec arrow.RecordBatch) error {
	rb := array.NewRecordBuilder(h.tc.Mem, pairs.Arrow())
	defer rb.Release()
	offset := 0
	if h.bug == "forgets the offset of an array" {
		offset = -rec.Column(1).Data().Offset()
	}
	for i := range int(rec.NumRows()) {
		rb.Field(0).(*array.TimestampBuilder).Append(rec.Column(0).(*array.Timestamp).Value(i))
		key := rec.Column(1).(*array.Int64)
		switch {
		case h.bug == "reads NULL as a number", key.IsValid(i):
			if offset != 0 {
				key = array.NewInt64Data(array.NewData(key.DataType(), key.Len(), key.Data().Buffers(), nil, -1, 0))
			}
			rb.Field(1).(*array.Int64Builder).Append(key.Value(i))
		default:
			rb.Field(1).AppendNull()
		}
		h.recs = append(h.recs, rb.NewRecordBatch())
		h.used += 16
		if err := h.tc.Budget.Reserve(16); err != nil {
			return err
		}
	}
	return nil
}

func (h *holding) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	switch {
	case h.bug == "keeps what it borrowed":
		h.recs = append(h.recs, b.Rec)
		return nil
	case h.bug == "releases what it borrowed":
		err := h.keep(b.Rec)
		b.Rec.Release()
		return err
	case h.bug == "fails on ops" && b.Ops != nil:
		return errors.New("ops")
	case h.bug == "depends on batches" && b.Len() > 1:
		return h.keep(b.Rec.NewSlice(0, 1))
	case h.bug == "takes back what is not there":
		b.Retain()
		return out.Emit(&flow.Batch{Rec: b.Rec, Ops: slices.Repeat([]flow.Op{flow.Delete}, b.Len())})
	}
	return h.keep(b.Rec)
}

func (h *holding) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	var kept []arrow.RecordBatch
	var failed error
	for _, rec := range h.recs {
		at := flow.Time(rec.Column(0).(*array.Timestamp).Value(0))
		if at >= t && h.bug != "is too early" || failed != nil {
			kept = append(kept, rec)
			continue
		}
		if h.bug == "keeps what it emitted" {
			rec.Retain()
			kept = append(kept, rec)
		}
		h.used -= 16
		h.tc.Budget.Release(16)
		failed = out.Emit(&flow.Batch{Rec: rec})
	}
	h.recs = kept
	if h.bug == "swallows errors" {
		failed = nil
	}
	if h.bug == "lets the watermark fall" && t > h.wm && h.wm > flow.MinTime {
		return flow.MinTime, failed
	}
	h.wm = t
	return t, failed
}

func (h *holding) Snapshot(w flow.StateWriter) error {
	for _, rec := range h.recs {
		key := rec.Column(1).(*array.Int64)
		group := flow.KeyGroup(keyHash(key, 0))
		if err := w.Put("rows", group, rec); err != nil {
			return err
		}
		if h.bug == "changes what it has put" {
			arrow.Int64Traits.CastFromBytes(key.Data().Buffers()[1].Bytes())[0]++
		}
	}
	return nil
}

func (h *holding) Close() error {
	if h.bug == "leaks" {
		return nil
	}
	for _, rec := range h.recs {
		rec.Release()
	}
	if h.bug != "keeps the budget" {
		h.tc.Budget.Release(h.used)
	}
	return nil
}

// keyHash spreads small keys over all key groups.
func keyHash(key *array.Int64, i int) uint64 {
	if key.IsNull(i) {
		return 0
	}
	return uint64(key.Value(i)) * 0x9E3779B97F4A7C15
}

func hashes(_ int, rec arrow.RecordBatch) []uint64 {
	key := rec.Column(1).(*array.Int64)
	hs := make([]uint64, key.Len())
	for i := range hs {
		hs[i] = keyHash(key, i)
	}
	return hs
}

const holdScript = `
	# two rows come out, one stays
	00:00:05 | 1
	00:00:12 | 2
	00:00:07 | NULL
	watermark 00:00:10
	> 00:00:05 | 1
	> 00:00:07 | NULL
	> watermark 00:00:10
	+ 00:00:11 | 3
	barrier
	00:00:11 | 4
	recover
	end
	> 00:00:12 | 2
	> 00:00:11 | 3
	> watermark end
`

func TestCheckPassesAGoodOperator(t *testing.T) {
	Check(t, hold{}, []types.Schema{pairs}, holdScript, Keyed(hashes), Output(pairs), EventTime(0))
	Check(t, Chain{hold{}, hold{}}, []types.Schema{pairs}, holdScript, Keyed(hashes), Output(pairs), EventTime(0))
}

func TestCheckFindsPlantedBugs(t *testing.T) {
	for bug, want := range map[string]string{
		"forgets its state":              "",
		"forgets the offset of an array": "arrays that are slices",
		"reads NULL as a number":         "as in the script",
		"keeps what it borrowed":         "",
		"releases what it borrowed":      "",
		"fails on ops":                   "with ops spelt out: line 3: ops",
		"depends on batches":             "as in the script",
		"takes back what is not there":   "a row was taken back that was not there",
		"is too early":                   "as in the script",
		"keeps what it emitted":          "",
		"swallows errors":                "the error of Emit did not come back",
		"lets the watermark fall":        "the watermark of the output falls",
		"changes what it has put":        "was changed after Put",
		"leaks":                          "memory was not released",
		"keeps the budget":               "bytes of the budget were not given back",
	} {
		t.Run(bug, func(t *testing.T) {
			wrong := check(hold{bug}, []types.Schema{pairs}, holdScript, Keyed(hashes), Output(pairs), EventTime(0))
			var all []string
			for _, err := range wrong {
				all = append(all, err.Error())
			}
			if text := strings.Join(all, "\n"); len(wrong) == 0 || !strings.Contains(text, want) {
				t.Errorf("found %d faults, none with %q: %s", len(wrong), want, text)
			}
		})
	}
}

func TestCheckRefusesAScriptThatProvesNothing(t *testing.T) {
	script := `
		00:00:05 | NULL
		end
		> 00:00:05 | NULL`
	wrong := check(forget{}, []types.Schema{pairs}, script)
	if len(wrong) != 1 || !strings.Contains(wrong[0].Error(), "proves nothing") {
		t.Errorf("found %v", wrong)
	}
}

// forget makes its one row of output out of nothing.
type forget struct{ flow.Stateless }

func (forget) Describe() flow.Description                       { return flow.Description{Name: "Forget"} }
func (forget) Open(tc *flow.TaskContext) (flow.Operator, error) { return forgetting{tc: tc}, nil }

type forgetting struct {
	flow.Stateless
	tc *flow.TaskContext
}

func (forgetting) Process(int, *flow.Batch, flow.Emitter) error { return nil }

func (f forgetting) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	rec, err := record(f.tc.Mem, pairs, []string{"00:00:05 | NULL"})
	if err != nil {
		return t, err
	}
	return t, out.Emit(&flow.Batch{Rec: rec})
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"no number behind watermark", "watermark soon", `line 1, "watermark soon": "1970-01-01 soon"`},
		{"output of nothing", "> 1 | 2", "expects"},
		{"no port", "[x] 1 | 2", `"x" is not a port`},
		{"no count of dropped rows", "end\n> dropped late", "invalid syntax"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := parse(tc.script); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
	steps, err := parse("1 | a\n2 | '@ 3'\n- 3 | c @ 12\n> u- 1 | x\n[1] 4 | d\nwatermark 7")
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 3 || len(steps[0].rows) != 3 || steps[1].port != 1 || steps[2].time != 7 {
		t.Fatalf("steps are %+v", steps)
	}
	if got, want := steps[0].rows[2], (row{flow.Delete, "3 | c", 12, true}); got != want {
		t.Errorf("row is %+v, want %+v", got, want)
	}
	if got := steps[0].rows[1]; got.has || got.text != "2 | '@ 3'" {
		t.Errorf("row is %+v", got)
	}
}

func TestRowsReadAndWriteTheSame(t *testing.T) {
	schema := types.Schema{
		{Name: "at", Type: types.Of(types.TimestampTZ)}, {Name: "s", Type: types.Of(types.Text)},
		{Name: "f", Type: types.Of(types.Float64)}, {Name: "d", Type: types.DecimalOf(10, 2)}, {Name: "b", Type: types.Of(types.Bool)},
	}
	want := []string{
		"12 | a | 1.5 | 12.34 | true",
		"00:00:10.5 | '' | NULL | NULL | NULL",
		"2026-01-01 12:00:00 | 'NULL' | -2 | 0.1 | false",
		"none | 'it''s | @ ' | 0 | 1 | true",
	}
	tc := Context(t)
	rec := Record(t, tc.Mem, schema, want...)
	defer rec.Release()
	got := Rows(rec)
	for i := range want {
		if again, err := normalize(rec.Schema(), want[i]); err != nil || got[i] != again {
			t.Errorf("row %d is %q, read and written again %q, %v", i, got[i], again, err)
		}
	}
	if !slices.Equal(got[:2], want[:2]) {
		t.Errorf("rows are %q, want %q", got[:2], want[:2])
	}
}

func TestBudgetKeepsItsLimit(t *testing.T) {
	b := &Budget{Limit: 10}
	if err := b.Reserve(10); err != nil {
		t.Fatal(err)
	}
	if err := b.Reserve(1); !errors.Is(err, ErrBudget) || b.Used() != 10 {
		t.Errorf("one byte more: %v, %d bytes in use", err, b.Used())
	}
	b.Release(10)
	if b.Used() != 0 {
		t.Errorf("%d bytes in use at the end", b.Used())
	}
}
