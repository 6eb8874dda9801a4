package golden

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/formats/json"
	"millrace/sources"
	"millrace/types"
)

// Shuffled stands in for connector 'file': it deals a file's lines out to splits and reads each in batches of random
// size, with pauses. After each batch it calls Read, which may pull the plug.
type Shuffled struct {
	sources.Connector // the real one, for its options and checks
	Splits            int
	Read              func()

	mu  sync.Mutex
	rng *rand.Rand
}

// NewShuffled draws its decisions from seed.
func NewShuffled(file sources.Connector, splits int, seed uint64, read func()) *Shuffled {
	return &Shuffled{Connector: file, Splits: splits, Read: read, rng: rand.New(rand.NewPCG(seed, 11))}
}

func (s *Shuffled) draw(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

// Open reads the file.
func (s *Shuffled) Open(_ context.Context, scan *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	text, err := os.ReadFile(scan.Table.Option("path", ""))
	if err != nil {
		return nil, err
	}
	src := &shuffledSource{conn: s, scan: scan, mem: mem, lines: make([][][]byte, s.Splits)}
	sc := bufio.NewScanner(bytes.NewReader(text))
	sc.Buffer(nil, 1<<20)
	for i := 0; sc.Scan(); i++ {
		src.lines[i%s.Splits] = append(src.lines[i%s.Splits], bytes.Clone(sc.Bytes()))
	}
	return src, sc.Err()
}

type shuffledSource struct {
	conn  *Shuffled
	scan  *sources.Scan
	mem   memory.Allocator
	lines [][][]byte
}

func (s *shuffledSource) Splits(context.Context) ([]sources.Split, error) {
	out := make([]sources.Split, len(s.lines))
	for i := range out {
		out[i].ID = fmt.Sprintf("part/%d", i)
	}
	return out, nil
}

func (s *shuffledSource) Open(_ context.Context, split sources.Split, from sources.Position, wake func()) (sources.Reader, error) {
	var n, at int
	if _, err := fmt.Sscanf(split.ID, "part/%d", &n); err != nil {
		return nil, err
	}
	if from != "" {
		var err error
		if at, err = strconv.Atoi(string(from)); err != nil {
			return nil, err
		}
	}
	return &shuffledReader{src: s, lines: s.lines[n], at: at, wake: wake}, nil
}

func (s *shuffledSource) Close() error { return nil }

type shuffledReader struct {
	src   *shuffledSource
	lines [][]byte
	at    int
	wake  func()
}

func (r *shuffledReader) Next(context.Context) (*flow.Batch, error) {
	r.src.conn.Read()
	left := len(r.lines) - r.at
	if left == 0 {
		return nil, io.EOF
	}
	if r.src.conn.draw(4) == 0 {
		r.wake()
		return nil, nil
	}
	n := min(1+r.src.conn.draw(23), left)
	in := r.src.scan.In()
	d, err := json.New().NewDecoder(in, nil, r.src.mem)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	if _, err := d.Decode(r.lines[r.at : r.at+n]); err != nil {
		return nil, err
	}
	cols := d.Take()
	rec := array.NewRecordBatch(in.Arrow(), cols, int64(n))
	for _, c := range cols {
		c.Release()
	}
	r.at += n
	return &flow.Batch{Rec: rec}, nil
}

func (r *shuffledReader) Position() sources.Position { return sources.Position(strconv.Itoa(r.at)) }
func (r *shuffledReader) Lag() int64                 { return int64(len(r.lines) - r.at) }
func (r *shuffledReader) Close() error               { return nil }

// Ledger is a transactional sink in memory. It outlives the runs that write to it.
type Ledger struct {
	schema types.Schema

	mu        sync.Mutex
	pending   []string
	prepared  map[string][]string
	committed []string
	run       int
}

// NewLedger makes a sink for rows of a schema.
func NewLedger(schema types.Schema) *Ledger {
	return &Ledger{schema: schema, prepared: map[string][]string{}}
}

// Crash forgets what was written and not prepared, as the end of a process does.
func (l *Ledger) Crash() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = nil
	l.run++
}

// Rows are those that were committed.
func (l *Ledger) Rows() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.committed...)
}

func (l *Ledger) Write(_ context.Context, b *flow.Batch) error {
	rows, err := render(b, l.schema)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, rows...)
	return nil
}

func (l *Ledger) Prepare(_ context.Context, epoch uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	token := fmt.Sprintf("%d/%d", l.run, epoch)
	l.prepared[token] = append(l.prepared[token], l.pending...)
	l.pending = nil
	return []byte(token), nil
}

func (l *Ledger) Commit(_ context.Context, token []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.committed = append(l.committed, l.prepared[string(token)]...)
	delete(l.prepared, string(token))
	return nil
}

func (l *Ledger) Abort(_ context.Context, token []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.prepared, string(token))
	return nil
}

func (l *Ledger) Close() error { return nil }

// render prints the rows of a batch; a row that is no insert is an error, since these queries append.
func render(b *flow.Batch, schema types.Schema) ([]string, error) {
	rows := make([]string, b.Len())
	cells := make([]string, len(schema))
	for i := range rows {
		if b.Ops != nil && b.Ops[i] != flow.Insert {
			return nil, fmt.Errorf("row %d is a %s, not an insert", i, b.Ops[i])
		}
		for c, col := range schema {
			a := b.Rec.Column(c)
			if a.IsNull(i) {
				cells[c] = cell("", true)
			} else {
				cells[c] = cell(string(types.AppendText(nil, a, i, col.Type)), false)
			}
		}
		rows[i] = row(cells)
	}
	return rows, nil
}
