// Package embedded keeps the tables that millrace has itself: their rows and the changes to them, in Pebble.
//
// A statement is one Pebble batch, synced before it returns: after a crash it is there whole or not at all. The writers
// of a table take turns; readers have a snapshot and wait for nobody.
//
// The keys of the one database, behind a letter and the 4 bytes of the table's number:
//
//	n          the table's name and columns
//	m          how many rows, commits and row numbers there have been
//	r key      a row; the key is that of the primary key's columns, or a row number
//	l n m      piece m of the changes of commit n, see changes.go
//	s token    what a job has prepared and not yet committed, see stage.go
//
// and, behind no table's number, i: the number that the next table gets.
package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/catalog"
	"millrace/sqlerr"
)

// blockSize is what is read, checked and unpacked at once: large enough that a scan of small rows doesn't spend its time on that, and
// small enough for one row by its key.
const blockSize = 16 << 10

// Store is the tables of one data folder. Its methods are safe for use by several goroutines.
type Store struct {
	db     *pebble.DB
	mu     sync.Mutex
	tables map[catalog.Name]*Table
	next   uint32
}

// Open opens the tables under a folder of a file system, or makes it.
func Open(fs vfs.FS, dir string, log *slog.Logger) (*Store, error) {
	opts := &pebble.Options{FS: fs, Logger: logger{log}, FormatMajorVersion: pebble.FormatNewest, MemTableSize: 16 << 20}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.Levels[i].BlockSize = blockSize
	}
	db, err := pebble.Open(dir, opts)
	if err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot open the tables in the data folder: %v", err).Because(err).
			WithHint("One process at a time can use a data folder.")
	}
	s := &Store{db: db, tables: map[catalog.Name]*Table{}}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// OpenMemory opens a store that is gone with the process.
func OpenMemory(log *slog.Logger) (*Store, error) { return Open(vfs.NewMem(), "tables", log) }

// logger passes on what Pebble cannot go on with; the rest is its own business.
type logger struct{ log *slog.Logger }

func (l logger) Infof(string, ...any) {}
func (l logger) Errorf(format string, args ...any) {
	l.log.Error("the tables that millrace keeps: " + fmt.Sprintf(format, args...))
}
func (l logger) Fatalf(format string, args ...any) {
	panic("the tables that millrace keeps cannot be written: " + fmt.Sprintf(format, args...))
}

// Close closes the store; nothing may be at work in it.
func (s *Store) Close() error { return s.db.Close() }

// Bytes is what a table takes on disk, its changes included, about; what has been written lately may be in memory and in the
// log alone.
func (t *Table) Bytes() (int64, error) {
	var sum uint64
	for _, letter := range []byte{'r', 'l'} {
		low := key(letter, t.id)
		n, err := t.store.db.EstimateDiskUsage(low, After(low))
		if err != nil {
			return 0, ioError(err)
		}
		sum += n
	}
	return int64(sum), nil
}

// Bytes is what all tables take on disk, with all that goes with them.
func (s *Store) Bytes() int64 { return int64(s.db.Metrics().DiskSpaceUsage()) }

// key is letter and number, with more behind them.
func key(letter byte, id uint32, more ...byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{letter}, id), more...)
}

var nextKey = []byte{'i'}

// load reads which tables there are.
func (s *Store) load() error {
	v, closer, err := s.db.Get(nextKey)
	if err == nil {
		s.next = binary.BigEndian.Uint32(v)
		err = closer.Close()
	}
	if err != nil && !errors.Is(err, pebble.ErrNotFound) {
		return ioError(err)
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'n'}, UpperBound: []byte{'n' + 1}})
	if err != nil {
		return ioError(err)
	}
	for it.First(); it.Valid(); it.Next() {
		name, schema, ok := strings.Cut(string(it.Value()), "\n")
		parts := strings.Split(name, "\x00")
		if !ok || len(parts) != 3 || len(it.Key()) != 5 {
			return errors.Join(sqlerr.New(sqlerr.DataCorrupted, 0, "the data folder has a table with no name"), it.Close())
		}
		t := newTable(s, binary.BigEndian.Uint32(it.Key()[1:]), catalog.Name{Catalog: parts[0], Schema: parts[1], Table: parts[2]}, schema)
		if err := t.meta.load(s.db, t.id); err != nil {
			return errors.Join(err, it.Close())
		}
		s.tables[t.name] = t
	}
	return ioError(errors.Join(it.Error(), it.Close()))
}

// schemaOf is the columns and the key of a table as the store writes them.
func schemaOf(t *catalog.Table) string {
	var b strings.Builder
	for _, c := range newLayout(t).cols {
		fmt.Fprintf(&b, "%q %s %t\n", c.Name, c.Type, c.NotNull)
	}
	fmt.Fprintf(&b, "key %v append-only %t", t.PrimaryKey, t.AppendOnly)
	if t.Materialized() {
		b.WriteString(" view")
	}
	return b.String()
}

// Create makes an empty table. It is on disk when Create returns.
func (s *Store) Create(t *catalog.Table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.tables[t.Name]; ok {
		return sqlerr.New(sqlerr.DuplicateTable, 0, "table %q already exists", t.Name.String())
	}
	made := newTable(s, s.next, t.Name, schemaOf(t))
	b := s.db.NewBatch()
	defer b.Close()
	name := strings.Join([]string{t.Name.Catalog, t.Name.Schema, t.Name.Table}, "\x00")
	err := errors.Join(
		b.Set(key('n', made.id), []byte(name+"\n"+made.schema), nil),
		b.Set(key('m', made.id), made.meta.bytes(), nil),
		b.Set(nextKey, binary.BigEndian.AppendUint32(nil, made.id+1), nil),
		b.Commit(pebble.Sync))
	if err != nil {
		return ioError(err)
	}
	s.next++
	s.tables[t.Name] = made
	return nil
}

// Drop removes a table and its rows. It waits for the statement that writes to it.
func (s *Store) Drop(name catalog.Name) error {
	s.mu.Lock()
	t, ok := s.tables[name]
	delete(s.tables, name)
	s.mu.Unlock()
	if !ok {
		return nil
	}
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	t.drop()
	b := s.db.NewBatch()
	defer b.Close()
	var errs []error
	for _, letter := range "nmrls" {
		from := key(byte(letter), t.id)
		errs = append(errs, b.DeleteRange(from, After(from), nil))
	}
	return ioError(errors.Join(append(errs, b.Commit(pebble.Sync))...))
}

// Keep drops the tables that are not among these and makes those that are missing: a crash can have come between the
// catalog and the store. Nobody else uses the store yet.
func (s *Store) Keep(tables []*catalog.Table) error {
	s.mu.Lock()
	extra := map[catalog.Name]bool{}
	for n := range s.tables {
		extra[n] = true
	}
	s.mu.Unlock()
	for _, t := range tables {
		if extra[t.Name] {
			delete(extra, t.Name)
			if !t.Materialized() || s.tables[t.Name].schema == schemaOf(t) {
				continue
			}
			if err := s.Drop(t.Name); err != nil { // a view that was replaced
				return err
			}
		}
		if err := s.Create(t); err != nil {
			return err
		}
	}
	for n := range extra {
		if err := s.Drop(n); err != nil {
			return err
		}
	}
	return nil
}

// Table finds a table as it was declared.
func (s *Store) Table(t *catalog.Table) (*Table, error) {
	s.mu.Lock()
	have, ok := s.tables[t.Name]
	s.mu.Unlock()
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedTable, 0, "table %q does not exist any more", t.Name.String())
	}
	if have.schema != schemaOf(t) {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "table %q is not what it was when the statement was planned", t.Name.String()).
			WithHint("Run the statement again.")
	}
	have.define(t)
	return have, nil
}

func ioError(err error) error {
	if err == nil {
		return nil
	}
	var se *sqlerr.Error
	if errors.As(err, &se) {
		return err
	}
	return sqlerr.New(sqlerr.IOError, 0, "the tables that millrace keeps cannot be read or written: %v", err).Because(err)
}

// get is a copy of a value; nil: there is none.
func get(r pebble.Reader, k []byte) ([]byte, error) {
	v, closer, err := r.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, ioError(err)
	}
	out := bytes.Clone(v)
	return out, ioError(closer.Close())
}
