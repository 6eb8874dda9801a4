package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"

	"millrace/flow"
	"millrace/formats"
	"millrace/sources"
	"millrace/sqlerr"
)

const (
	bufferSize = 1 << 20  // what is read at once
	recordMax  = 64 << 20 // the largest record
	badShown   = 4 << 10  // what is kept of a larger one
)

// place is where a record begins: its offset and its line, the first being 1.
type place struct{ offset, line int64 }

// reader reads one file: find cuts what is in the buffer into records, decode turns them into rows.
type reader struct {
	src  *source
	path string
	file *os.File
	in   io.Reader // of the file's content
	dec  *sources.Decoding

	buf       []byte // what has been read, from next on
	used      int    // bytes of buf that hold something
	eof       bool   // nothing comes behind them
	next      place
	skipBlank bool

	// The records found, which are parts of buf, decoded up to at. Record i begins at places[i]; there is one place
	// more, of what comes behind them, at byte found of buf.
	records sources.Records
	places  []place
	at      int
	found   int

	bad      *sources.BadRecord // to be returned behind the rows decoded so far
	badStart place
	done     place // of the first record that Next has not returned
}

// open opens a file and goes to a place; the zero place is its first record.
func open(s *source, path string, from place) (*reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "%v", err).Because(err)
	}
	r := &reader{src: s, path: path, file: f, in: f, buf: make([]byte, bufferSize), next: place{0, 1}}
	if err := r.start(from); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *reader) start(from place) error {
	if c := r.src.compression; c == "gzip" || c == "auto" && strings.HasSuffix(r.path, ".gz") {
		z, err := gzip.NewReader(r.file)
		if err != nil {
			return r.failed(err)
		}
		r.in = z
	}
	if err := r.fill(3); err != nil {
		return err
	}
	if bytes.HasPrefix(r.buf[:r.used], []byte("\xEF\xBB\xBF")) { // a byte order mark says nothing in UTF-8
		r.drop(3, 0)
	}
	origin := sources.Origin{Name: r.path, Fields: sources.StoredColumns(r.src.scan.Table)}
	if r.src.header {
		var err error
		if origin.Fields, err = r.header(); err != nil {
			return err
		}
	}
	r.skipBlank = r.src.lines == nil || len(origin.Fields) > 1
	if from != (place{}) {
		if err := r.seek(from); err != nil {
			return err
		}
	}
	r.done = r.next
	r.places = append(r.places, r.next)
	var err error
	r.dec, err = sources.NewDecoding(r.src.scan, r.src.format, r.src.opts, origin, r.src.mem)
	return err
}

// header reads the first record as the names of the fields.
func (r *reader) header() ([]string, error) {
	for want := 1; ; want = r.used + 1 {
		if err := r.fill(want); err != nil {
			return nil, err
		}
		end := r.end(r.buf[:r.used])
		if end == 0 && !r.eof && r.used < bufferSize {
			continue
		}
		if end == 0 {
			return nil, sqlerr.New(sqlerr.InvalidText, 0, "%s has no header", r.path).WithHint("Take out csv.header = 'true'.")
		}
		names, err := r.src.lines.Names(r.buf[:end])
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidText, 0, "%s: its header cannot be read: %v", r.path, err)
		}
		r.drop(end, bytes.Count(r.buf[:end], []byte("\n")))
		return names, nil
	}
}

// seek goes forward to a place that the reader has told before.
func (r *reader) seek(to place) error {
	if to.offset < r.next.offset {
		return sqlerr.New(sqlerr.DataCorrupted, 0, "%s has no record at position %d", r.path, to.offset)
	}
	for r.in == r.file && to.offset > r.next.offset+int64(r.used) {
		end, err := r.file.Seek(0, io.SeekEnd)
		if err != nil {
			return r.failed(err)
		}
		if _, err = r.file.Seek(min(end, to.offset), io.SeekStart); err != nil {
			return r.failed(err)
		}
		r.used, r.next.offset = 0, min(end, to.offset)
		if end < to.offset {
			break
		}
	}
	for r.next.offset < to.offset {
		if err := r.fill(1); err != nil {
			return err
		}
		if r.used == 0 {
			return sqlerr.New(sqlerr.DataCorrupted, 0, "%s is shorter than it was: it ends before position %d", r.path, to.offset)
		}
		r.drop(int(min(int64(r.used), to.offset-r.next.offset)), 0)
	}
	r.next = to
	return nil
}

func (r *reader) failed(err error) error {
	return sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", r.path, err).Because(err)
}

// end is the length of the first record of b with its line end; 0 where b does not hold all of it. At the end of the
// file what is left is a record.
func (r *reader) end(b []byte) int {
	n := 0
	if r.src.lines != nil {
		n = r.src.lines.End(b)
	} else {
		n = bytes.IndexByte(b, '\n') + 1
	}
	if n == 0 && r.eof {
		n = len(b)
	}
	return n
}

// drop forgets the first n bytes of the buffer, in which so many lines end.
func (r *reader) drop(n, lines int) {
	r.next.offset += int64(n)
	r.next.line += int64(lines)
	r.used = copy(r.buf, r.buf[n:r.used])
	if len(r.buf) > 4*bufferSize && r.used <= bufferSize { // a huge record is gone
		r.buf = append(make([]byte, 0, bufferSize), r.buf[:r.used]...)[:bufferSize]
	}
}

// fill reads until there are at least n bytes in the buffer, or all that come.
func (r *reader) fill(n int) error {
	for r.used < n && !r.eof {
		if r.used == len(r.buf) {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
		got, err := r.in.Read(r.buf[r.used:])
		r.used += got
		if err == io.EOF {
			r.eof = true
		} else if err != nil {
			return r.failed(err)
		}
	}
	return nil
}

// Next returns up to flow.BatchRows rows, fewer before a record that cannot be read and at the end.
func (r *reader) Next(ctx context.Context) (*flow.Batch, error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		switch {
		case r.dec.Len() > 0 && (r.bad != nil || r.dec.Full() || r.ended()):
			r.done = r.places[r.at]
			if r.bad != nil {
				r.done = r.badStart
			}
			return r.dec.Take(), nil
		case r.bad != nil:
			bad := r.bad
			r.bad, r.done = nil, r.places[r.at]
			return nil, bad
		case r.ended():
			r.done = r.places[r.at]
			return nil, io.EOF
		case r.at < len(r.records.Values):
			r.decode()
		default:
			if err := r.find(); err != nil {
				return nil, err
			}
		}
	}
}

// ended reports whether all records have been decoded.
func (r *reader) ended() bool { return r.eof && r.at == len(r.records.Values) && r.found == r.used }

// decode decodes records until the batch is full or one cannot be read.
func (r *reader) decode() {
	n, err := r.dec.Append(&r.records, r.at, len(r.records.Values))
	r.at += n
	if err != nil {
		r.refuse(r.places[r.at], r.records.Values[r.at], err)
		r.at++
	}
}

func (r *reader) refuse(at place, value []byte, err error) {
	r.badStart = at
	r.bad = &sources.BadRecord{Where: fmt.Sprintf("%s:%d", r.path, at.line), Value: bytes.Clone(value), Err: err}
}

// find reads on and cuts what is in the buffer into records.
func (r *reader) find() error {
	last := r.places[len(r.places)-1]
	r.drop(r.found, int(last.line-r.next.line))
	r.records.Values, r.records.Offsets, r.records.Lines = r.records.Values[:0], r.records.Offsets[:0], r.records.Lines[:0]
	r.places, r.at, r.found = r.places[:0], 0, 0
	at := r.next
	for want := 1; r.found == 0; want = min(2*r.used, recordMax) {
		if err := r.fill(want); err != nil {
			return err
		}
		for {
			n := r.end(r.buf[r.found:r.used])
			if n == 0 {
				break
			}
			at = r.add(r.buf[r.found:r.found+n], at)
			r.found += n
		}
		if r.eof {
			break
		}
		if r.found == 0 && r.used >= recordMax {
			return r.tooLarge()
		}
	}
	r.places = append(r.places, at)
	return nil
}

// add puts a record, with its line end, to those found and returns where the next begins.
func (r *reader) add(rec []byte, at place) place {
	next := place{at.offset + int64(len(rec)), at.line + 1}
	if r.src.lines != nil {
		next.line = at.line + int64(bytes.Count(rec, []byte("\n")))
	}
	value := bytes.TrimSuffix(bytes.TrimSuffix(rec, []byte("\n")), []byte("\r"))
	if len(value) == 0 && r.skipBlank {
		return next
	}
	r.records.Values = append(r.records.Values, value)
	r.records.Offsets = append(r.records.Offsets, at.offset)
	r.records.Lines = append(r.records.Lines, at.line)
	r.places = append(r.places, at)
	return next
}

// tooLarge refuses the record that fills the buffer, and goes on to the line behind it.
func (r *reader) tooLarge() error {
	start := r.next
	r.refuse(start, r.buf[:badShown], &formats.RecordError{Reason: fmt.Sprintf("is longer than %d MiB", recordMax>>20)})
	for {
		line := bytes.IndexByte(r.buf[:r.used], '\n') + 1
		if line > 0 {
			r.drop(line, 1)
			break
		}
		r.drop(r.used, 0)
		if r.eof {
			break
		}
		if err := r.fill(1); err != nil {
			return err
		}
	}
	r.places = append(r.places, r.next)
	return nil
}

// Position is that of the first record whose row has not been returned.
func (r *reader) Position() sources.Position {
	return sources.Position(fmt.Sprintf("%d:%d", r.done.offset, r.done.line))
}

// Lag is not known in records, but at the end it is nothing.
func (r *reader) Lag() int64 {
	if r.ended() && r.dec.Len() == 0 && r.bad == nil {
		return 0
	}
	return -1
}

func (r *reader) Close() error {
	r.dec.Release()
	return r.file.Close()
}
