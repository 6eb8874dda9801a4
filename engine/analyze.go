package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"millrace/exec/run"
	"millrace/flow"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

// analyze runs a query, drops its rows, and prints the plan with what each step did.
func (s *Session) analyze(ctx context.Context, x *sql.Explain) (*Result, error) {
	st, ok := x.Statement.(*sql.SelectStatement)
	if !ok || st.Query.Emit != nil {
		return nil, sqlerr.Unsupported(x.Pos(), "EXPLAIN ANALYZE of what is not a query that ends",
			"Analyze its SELECT, without EMIT: it is read to where its tables end now. A running job tells its own progress.")
	}
	env := s.env()
	env.Batch = true
	plan, err := env.Query(ctx, st.Query)
	if err != nil {
		return nil, err
	}
	began, rows := time.Now(), int64(0)
	p, err := s.engine.measureQuery(ctx, s.settings, plan, measured{batch: true, timed: true}, func(b *flow.Batch) error {
		rows += int64(b.Len())
		return nil
	})
	if err != nil {
		return nil, err
	}
	nodes := map[string]run.NodeProgress{}
	for _, n := range p.Nodes {
		nodes[n.ID] = n
	}
	text := planner.Explain(plan, func(n *flow.Node) string { return figures(nodes[n.ID], len(n.Inputs) > 0, n != plan.Root) })
	text += fmt.Sprintf("(%s in %s", counted(rows, "row"), elapsed(time.Since(began)))
	if p.Spilled > 0 {
		text += ", " + bytesText(p.Spilled) + " on disk"
	}
	if p.BadRecords > 0 {
		text += ", " + counted(p.BadRecords, "bad record") + " skipped"
	}
	return textResult("EXPLAIN", explainColumn, lines(text+")")), nil
}

// figures is what a step did: rows in and out, how long all its instances worked together, the state that they kept.
func figures(n run.NodeProgress, hasInput, hasOutput bool) string {
	var parts []string
	if hasInput {
		parts = append(parts, counted(n.In, "row")+" in")
	}
	if hasOutput {
		parts = append(parts, counted(n.Out, "row")+" out")
	}
	parts = append(parts, elapsed(n.Busy))
	if n.Most > 0 {
		parts = append(parts, bytesText(n.Most))
	}
	if n.Spilled > 0 {
		parts = append(parts, bytesText(n.Spilled)+" on disk")
	}
	for reason, rows := range n.Dropped {
		parts = append(parts, counted(rows, "row")+" dropped: "+reason)
	}
	return strings.Join(parts, ", ")
}

func counted(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func elapsed(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
