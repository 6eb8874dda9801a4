package exec

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

// l and r are the two sides of most joins here: k and n are keys, v tells rows apart.
var (
	leftSide = types.Schema{
		{Name: "k", Type: types.Of(types.Int64)}, {Name: "t", Type: types.Of(types.Text)}, {Name: "v", Type: types.Of(types.Int64)},
	}
	rightSide = types.Schema{
		{Name: "rk", Type: types.Of(types.Int64)}, {Name: "rt", Type: types.Of(types.Text)}, {Name: "rv", Type: types.Of(types.Int64)},
	}
)

// all is what emit may list for a kind, and its schema.
func all(kind JoinKind, left, right types.Schema) (emit []int, out types.Schema) {
	s := shape{kind: kind, left: left, right: right}
	out = s.columns()
	for i := range out {
		emit = append(emit, i)
	}
	return emit, out
}

// joinRows runs a join over rows of text, in the given instances, and gives what comes out, sorted.
func joinRows(t testing.TB, mem memory.Allocator, spec flow.OperatorSpec, left, right types.Schema, lrows, rrows []string, cut func() int) ([]string, error) {
	t.Helper()
	rows, _, err := joinRowsWithin(t, mem, 0, spec, left, right, lrows, rrows, cut)
	return rows, err
}

// joinRowsWithin is joinRows under a memory limit, and tells how many bytes went to disk.
func joinRowsWithin(t testing.TB, mem memory.Allocator, limit int64, spec flow.OperatorSpec, left, right types.Schema, lrows, rrows []string, cut func() int) ([]string, int64, error) {
	t.Helper()
	budget, metrics := &flowtest.Budget{Limit: limit}, &flowtest.Metrics{}
	op, err := spec.Open(&flow.TaskContext{
		Context: t.Context(), Mem: mem, Budget: budget, Metrics: metrics, Parallelism: 1, Spill: spillFiles(t),
	})
	if err != nil {
		return nil, 0, err
	}
	out := &flowtest.Collector{}
	defer out.Release()
	defer func() {
		if err := op.Close(); err != nil {
			t.Error(err)
		}
		if budget.Used() != 0 {
			t.Errorf("%d bytes of the budget are in use at the end", budget.Used())
		}
	}()
	feed := func(port int, schema types.Schema, rows []string) error {
		for len(rows) > 0 {
			n := min(len(rows), cut())
			rec := flowtest.Record(t, mem, schema, rows[:n]...)
			err := op.Process(port, &flow.Batch{Rec: rec}, out)
			rec.Release()
			if err != nil {
				return err
			}
			for rng := rand.IntN(2); rng > 0; { // a task asks; a test need not
				more, err := op.(flow.Resumer).Resume(false, out)
				if err != nil {
					return err
				}
				if !more {
					break
				}
			}
			rows = rows[n:]
		}
		_, err := op.Watermark(port, flow.MaxTime, out)
		return err
	}
	if err := feed(1, right, rrows); err != nil {
		return nil, 0, err
	}
	if err := feed(0, left, lrows); err != nil {
		return nil, 0, err
	}
	rows := out.Rows()
	slices.Sort(rows)
	return rows, metrics.OnDisk(), nil
}

// spillFiles makes files for what does not fit into a budget.
func spillFiles(t testing.TB) func() (*os.File, error) {
	dir := t.TempDir()
	return func() (*os.File, error) { return os.CreateTemp(dir, "spill") }
}

func whole() int { return 1 << 20 }

func TestHashJoinGivesTheRowsOfItsKind(t *testing.T) {
	left := []string{"1 | a | 10", "2 | b | 20", "2 | b | 21", "NULL | c | 30", "4 | d | 40"}
	right := []string{"2 | x | 100", "2 | y | 101", "1 | z | 102", "NULL | w | 103", "5 | q | 104"}
	for _, tc := range []struct {
		kind     JoinKind
		residual string // a comparison of v + 80 with rv, or ""
		want     string
	}{
		{InnerJoin, "", "10-102 20-100 20-101 21-100 21-101"},
		{LeftJoin, "", "10-102 20-100 20-101 21-100 21-101 30-NULL 40-NULL"},
		{RightJoin, "", "10-102 20-100 20-101 21-100 21-101 NULL-103 NULL-104"},
		{FullJoin, "", "10-102 20-100 20-101 21-100 21-101 30-NULL 40-NULL NULL-103 NULL-104"},
		{SemiJoin, "", "10 20 21"},
		{AntiJoin, "", "30 40"},
		{RightSemiJoin, "", "100 101 102"},
		{RightAntiJoin, "", "103 104"},
		{MarkJoin, "", "10-true 20-true 21-true 30-false 40-false"},
		{InnerJoin, "=", "20-100 21-101"},
		{LeftJoin, "=", "10-NULL 20-100 21-101 30-NULL 40-NULL"},
		{RightJoin, "=", "20-100 21-101 NULL-102 NULL-103 NULL-104"},
		{FullJoin, "=", "10-NULL 20-100 21-101 30-NULL 40-NULL NULL-102 NULL-103 NULL-104"},
		{SemiJoin, "=", "20 21"},
		{AntiJoin, "=", "10 30 40"},
		{RightSemiJoin, "=", "100 101"},
		{RightAntiJoin, "=", "102 103 104"},
		{MarkJoin, "=", "10-false 20-true 21-true 30-false 40-false"},
		{SingleJoin, "=", "10-NULL 20-100 21-101 30-NULL 40-NULL"},
	} {
		t.Run(strings.TrimSpace(tc.kind.String()+" "+tc.residual), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(flowtest.Poison{})
			defer mem.AssertSize(t, 0)
			emit, out := all(tc.kind, leftSide, rightSide)
			pick := map[string]bool{"v": true, "rv": true, "mark": true}
			var few []int
			var fewOut types.Schema
			for i, c := range out {
				if pick[c.Name] {
					few, fewOut = append(few, emit[i]), append(fewOut, c)
				}
			}
			spec := HashJoin{Kind: tc.kind, Left: leftSide, Right: rightSide, LeftKeys: []int{0}, RightKeys: []int{0}, Emit: few, Out: fewOut}
			if tc.residual != "" {
				spec.Residual = vPlus80(t)
			}
			got, err := joinRows(t, mem, spec, leftSide, rightSide, left, right, whole)
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.ReplaceAll(strings.Join(got, " "), " | ", "-"); text != tc.want {
				t.Errorf("came out:\n%s\nwant:\n%s", text, tc.want)
			}
		})
	}
}

// vPlus80 is v + 80 = rv.
func vPlus80(t testing.TB) expr.Expr {
	t.Helper()
	v := expr.NewColumn(2, "v", types.Of(types.Int64), 0)
	rv := expr.NewColumn(5, "rv", types.Of(types.Int64), 0)
	sum := mustCall(t, "+", v, expr.NewLiteral(int64(80), types.Of(types.Int64), 0))
	return mustCall(t, "=", sum, rv)
}

func mustCall(t testing.TB, name string, args ...expr.Expr) expr.Expr {
	t.Helper()
	e, err := expr.NewCall(name, args, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// reference is a join by trying all pairs, as SQL has it: the conditions of the keys and v < rv. The keys from aware on
// leave a match open where they are NULL.
type reference struct {
	kind      JoinKind
	keys      []int // the same columns on both sides
	nullEqual []bool
	aware     int // the last so many keys
	residual  bool
}

func (r reference) String() string {
	return fmt.Sprintf("%s keys=%v nullEqual=%v aware=%d residual=%t", r.kind, r.keys, r.nullEqual, r.aware, r.residual)
}

const null = "NULL"

// match is whether two rows belong together: "true", "false" or "NULL".
func (r reference) match(left, right []string) string {
	state := "true"
	for i, k := range r.keys {
		x, y := left[k], right[k]
		open := i >= len(r.keys)-r.aware
		switch {
		case x == null && y == null && r.nullEqual != nil && r.nullEqual[i]:
		case (x == null || y == null) && open:
			state = null
		case x == null || y == null || x != y:
			return "false"
		}
	}
	if r.residual {
		if left[2] == null || right[2] == null || cellNumber(left[2]) >= cellNumber(right[2]) {
			return "false"
		}
	}
	return state
}

func cellNumber(s string) int {
	var n int
	_, _ = fmt.Sscan(s, &n)
	return n
}

var errTwo = fmt.Errorf("two rows")

// rows is what the join must give, sorted.
func (r reference) rows(left, right []string) (out []string, err error) {
	nulls := strings.Join([]string{null, null, null}, " | ")
	matched := make([]bool, len(right))
	cells := make([][]string, len(right))
	for i, rr := range right {
		cells[i] = strings.Split(rr, " | ")
	}
	for _, l := range left {
		any, open := 0, false
		lcells := strings.Split(l, " | ")
		for i, rr := range right {
			switch r.match(lcells, cells[i]) {
			case "true":
				any++
				matched[i] = true
				if r.kind.pairs() {
					out = append(out, l+" | "+rr)
				}
			case null:
				open = true
			}
		}
		switch r.kind {
		case SingleJoin, LeftJoin, FullJoin:
			if any == 0 {
				out = append(out, l+" | "+nulls)
			}
			if r.kind == SingleJoin && any > 1 {
				return nil, errTwo
			}
		case SemiJoin:
			if any > 0 {
				out = append(out, l)
			}
		case AntiJoin:
			if any == 0 && !open {
				out = append(out, l)
			}
		case MarkJoin:
			mark := fmt.Sprint(any > 0)
			if any == 0 && open {
				mark = null
			}
			out = append(out, l+" | "+mark)
		}
	}
	for i, rr := range right {
		switch {
		case r.kind == RightSemiJoin && matched[i], r.kind == RightAntiJoin && !matched[i]:
			out = append(out, rr)
		case (r.kind == RightJoin || r.kind == FullJoin) && !matched[i]:
			out = append(out, nulls+" | "+rr)
		}
	}
	slices.Sort(out)
	return out, nil
}

// residualExpr is v < rv.
func (r reference) residualExpr(t testing.TB) expr.Expr {
	if !r.residual {
		return nil
	}
	return mustCall(t, "<", expr.NewColumn(2, "v", types.Of(types.Int64), 0), expr.NewColumn(5, "rv", types.Of(types.Int64), 0))
}

func (r reference) hash(t testing.TB) flow.OperatorSpec {
	emit, out := all(r.kind, leftSide, rightSide)
	return HashJoin{
		Kind: r.kind, Left: leftSide, Right: rightSide, LeftKeys: r.keys, RightKeys: r.keys, NullEqual: r.nullEqual,
		NullAware: r.aware, Residual: r.residualExpr(t), Emit: emit, Out: out,
	}
}

func (r reference) loop(t testing.TB) flow.OperatorSpec {
	emit, out := all(r.kind, leftSide, rightSide)
	var conds []expr.Expr
	if r.residual {
		conds = append(conds, r.residualExpr(t))
	}
	for i, k := range r.keys {
		x := expr.NewColumn(k, leftSide[k].Name, leftSide[k].Type, 0)
		y := expr.NewColumn(3+k, rightSide[k].Name, rightSide[k].Type, 0)
		name := "="
		if r.nullEqual != nil && r.nullEqual[i] {
			name = "is not distinct from"
		}
		conds = append(conds, mustCall(t, name, x, y))
	}
	return LoopJoin{Kind: r.kind, Left: leftSide, Right: rightSide, On: expr.And(conds), NullAware: r.aware, Emit: emit, Out: out}
}

// randomRows is rows whose keys are often equal and often NULL.
func randomRows(r *rand.Rand, n, domain int) []string {
	rows := make([]string, n)
	cell := func(f func(int) string) string {
		if r.IntN(6) == 0 {
			return null
		}
		return f(r.IntN(domain))
	}
	for i := range rows {
		rows[i] = cell(func(n int) string { return fmt.Sprint(n) }) + " | " +
			cell(func(n int) string { return fmt.Sprintf("t%d", n%3) }) + " | " +
			cell(func(n int) string { return fmt.Sprint(n) })
	}
	return rows
}

func randomJoin(r *rand.Rand) reference {
	c := reference{kind: JoinKind(r.IntN(10)), residual: r.IntN(2) == 0}
	c.keys = [][]int{{0}, {1}, {0, 1}, {1, 0}, {2, 0, 1}}[r.IntN(5)]
	if (c.kind == MarkJoin || c.kind == AntiJoin) && r.IntN(3) > 0 {
		c.aware = 1 + r.IntN(len(c.keys))
	}
	if r.IntN(3) == 0 {
		c.nullEqual = make([]bool, len(c.keys))
		for i := range len(c.keys) - c.aware {
			c.nullEqual[i] = r.IntN(2) == 0
		}
	}
	return c
}

func TestJoinsAgreeWithTryingAllPairs(t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := randomJoin(r)
		size := func() int { return []int{0, 1, 3, 20, 60}[r.IntN(5)] }
		left, right := randomRows(r, size(), 1+r.IntN(12)), randomRows(r, size(), 1+r.IntN(12))
		want, wantErr := c.rows(left, right)
		for name, spec := range map[string]flow.OperatorSpec{"hash": c.hash(t), "loop": c.loop(t)} {
			mem := memory.NewCheckedAllocator(flowtest.Poison{})
			got, err := joinRows(t, mem, spec, leftSide, rightSide, left, right, func() int { return 1 + r.IntN(30) })
			mem.AssertSize(t, 0)
			if (err != nil) != (wantErr != nil) {
				t.Fatalf("seed %d, %s, %s: error %v, want %v", seed, name, c, err, wantErr)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s, %s:\nleft:\n\t%s\nright:\n\t%s\ncame out:\n\t%s\nwant:\n\t%s", seed, name, c,
					strings.Join(left, "\n\t"), strings.Join(right, "\n\t"), strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		}
	}
}

func TestHashJoinsThatSpillGiveTheSameRows(t *testing.T) {
	spilled := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := randomJoin(r)
		c.keys = [][]int{{0}, {0, 1}, {0, 2}}[r.IntN(3)] // the texts are few
		c.aware = min(c.aware, len(c.keys)-1)            // with none before them it must stay in memory
		left, right := randomRows(r, r.IntN(600), 150), randomRows(r, r.IntN(600), 150)
		limit := int64(4096 << r.IntN(3))
		c.nullEqual = nil // a NULL that is a key has more rows than fit
		want, wantErr := c.rows(left, right)
		mem := memory.NewCheckedAllocator(flowtest.Poison{})
		got, disk, err := joinRowsWithin(t, mem, limit, c.hash(t), leftSide, rightSide, left, right, func() int { return 1 + r.IntN(100) })
		mem.AssertSize(t, 0)
		if disk > 0 {
			spilled++
		}
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("seed %d, %s: error %v, want %v", seed, c, err, wantErr)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, %s, limit %d: %d rows came out, want %d; %d bytes on disk", seed, c, limit, len(got), len(want), disk)
		}
	}
	if spilled < 20 {
		t.Errorf("%d joins spilled", spilled)
	}
}

func TestAKeyWithMoreRowsThanFitIsAClearError(t *testing.T) {
	mem := memory.NewCheckedAllocator(flowtest.Poison{})
	defer mem.AssertSize(t, 0)
	c := reference{kind: InnerJoin, keys: []int{0}}
	rows := slices.Repeat([]string{"7 | a | 1"}, 2000)
	_, _, err := joinRowsWithin(t, mem, 8192, c.hash(t), leftSide, rightSide, rows[:10], rows, func() int { return 100 })
	if err == nil || !strings.Contains(err.Error(), "the rows of one key of a join do not fit into memory_limit: 2000 of them") {
		t.Errorf("the error is %v", err)
	}
}
