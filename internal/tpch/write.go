package tpch

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/errgroup"

	"millrace/types"
)

// chunk is the number of rows, orders or parts that are made at once.
const chunk = 16 << 10

// Writer takes the rows of a table, in order.
type Writer interface {
	Write(rec arrow.RecordBatch) error
	Close() error
}

// Write makes all tables as files dir/NAME.EXT. Chunks are made at the same time and written in order, so that the files
// are the same whatever the machine. A file appears under its name when it is whole.
func Write(ctx context.Context, dir, ext string, sf float64, open func(w *bufio.Writer, s types.Schema) (Writer, error)) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, t := range Tables() {
		if err := writeTable(ctx, filepath.Join(dir, t.Name+"."+ext), t, sf, open); err != nil {
			return err
		}
	}
	return nil
}

func writeTable(ctx context.Context, path string, t Table, sf float64, open func(*bufio.Writer, types.Schema) (Writer, error)) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	buffered := bufio.NewWriterSize(f, 1<<20)
	w, err := open(buffered, t.Schema)
	if err == nil {
		err = errors.Join(writeRows(ctx, w, t, sf), w.Close(), buffered.Flush())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeRows makes the chunks of a table, some ahead of the one that is written.
func writeRows(ctx context.Context, w Writer, t Table, sf float64) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan arrow.RecordBatch, runtime.GOMAXPROCS(0))
	g.Go(func() error {
		defer close(queue)
		for from := int64(0); from < t.Size(sf); from += chunk {
			made := make(chan arrow.RecordBatch, 1)
			select {
			case queue <- made:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			g.Go(func() error {
				made <- t.Chunk(sf, from, from+chunk, memory.DefaultAllocator)
				return nil
			})
		}
		return nil
	})
	g.Go(func() error {
		for made := range queue {
			rec := <-made
			err := w.Write(rec)
			rec.Release()
			if err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}
