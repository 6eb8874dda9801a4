// Command tpch makes the data of TPC-H, and measures the 22 queries.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/formats/ipc"
	"millrace/formats/parquet"
	"millrace/internal/tpch"
	"millrace/types"
)

type flags struct {
	Gen genCmd `cmd:"" help:"Make the eight tables as files."`
	Run runCmd `cmd:"" help:"Run the queries, and print a table of what they took."`
}

type genCmd struct {
	SF     float64 `name:"sf" default:"1" help:"Scale factor: 1 is 6 million lines of orders."`
	Format string  `default:"parquet" enum:"parquet,arrow,csv" help:"Format: ${enum}."`
	Out    string  `required:"" help:"Folder."`
}

func (g *genCmd) Run(ctx context.Context) error {
	began := time.Now()
	open := tpch.CSV
	switch g.Format {
	case "parquet":
		open = columnar(parquet.New())
	case "arrow":
		open = columnar(ipc.New())
	}
	if err := tpch.Write(ctx, g.Out, g.Format, g.SF, open); err != nil {
		return err
	}
	fmt.Printf("made scale factor %g as %s in %s in %.1f s\n", g.SF, g.Format, g.Out, time.Since(began).Seconds())
	return nil
}

func columnar(f formats.Columnar) func(*bufio.Writer, types.Schema) (tpch.Writer, error) {
	return func(w *bufio.Writer, s types.Schema) (tpch.Writer, error) {
		return f.NewWriter(w, s, nil, memory.DefaultAllocator)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	k := kong.Parse(&flags{}, kong.Name("tpch"), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}
