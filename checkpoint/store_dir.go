package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/sqlerr"
)

// writeBytes is how much is written at once.
const writeBytes = 256 << 10

// keep is how many checkpoints stay in a folder: the newest, and older ones to step back to.
const keep = 3

// Dir is a Store in a folder.
type Dir struct {
	fs   vfs.FS
	path string
	lock io.Closer
}

// OpenDir makes a folder where there is none and takes it for this process alone.
func OpenDir(path string) (*Dir, error) { return OpenFS(vfs.Default, path) }

// OpenFS is OpenDir in a file system of the caller's.
func OpenFS(fsys vfs.FS, path string) (*Dir, error) {
	if err := makeDir(fsys, path); err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot make the state folder: %v", err).Because(err)
	}
	lock, err := fsys.Lock(fsys.PathJoin(path, "lock"))
	if err != nil {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "the state folder %s is in use by another process", path).
			WithHint("Stop that job, or give this one a folder of its own.").WithDetail("%v", err).Because(err)
	}
	return &Dir{fs: fsys, path: path, lock: lock}, nil
}

// makeDir makes a folder, with those above it, that a power cut does not take away again. Folders that are there
// already are synced too: whoever made them may have ended before it got to that. One that we may not open is passed
// over, since it is not of our making.
func makeDir(fsys vfs.FS, path string) error {
	if err := fsys.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for above := fsys.PathDir(path); above != path; path, above = above, fsys.PathDir(above) {
		if err := syncDir(fsys, above); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

func syncDir(fsys vfs.FS, path string) error {
	dir, err := fsys.OpenDir(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if cerr := dir.Close(); err == nil {
		err = cerr
	}
	return err
}

// Close gives the folder back.
func (d *Dir) Close() error { return d.lock.Close() }

func (d *Dir) file(name string) string { return d.fs.PathJoin(d.path, name) }

// manifests lists the manifests' names, the newest first.
func (d *Dir) manifests() ([]string, error) {
	names, err := d.fs.List(d.path)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !ours(n) || !strings.HasSuffix(n, ".manifest") })
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// Load finds the newest checkpoint that is whole.
//
// The folder is synced before anything is made of what is in it: the job before this one may have ended between a
// rename and its sync, and a power cut after the tokens of that manifest were committed would take the manifest away.
func (d *Dir) Load() (*Checkpoint, []string, error) {
	err := syncDir(d.fs, d.path)
	var names []string
	if err == nil {
		names, err = d.manifests()
	}
	if err != nil {
		return nil, nil, sqlerr.New(sqlerr.IOError, 0, "cannot read the state folder: %v", err).Because(err)
	}
	var warnings []string
	for _, n := range names {
		c, err := d.read(n)
		if err == nil {
			c.Newest = max(c.Epoch, epochOf(names[0]))
			return c, warnings, nil
		}
		if unread := (*unreadError)(nil); errors.As(err, &unread) {
			return nil, warnings, sqlerr.New(sqlerr.IOError, 0, "cannot read the newest checkpoint: %s: %v", d.file(unread.name), unread.err).
				Because(unread.err).
				WithHint("If the file is lost for good, remove %s: the job then goes on from the checkpoint before.", d.file(n))
		}
		warnings = append(warnings, fmt.Sprintf("%s: %v", d.file(n), err))
	}
	if len(names) > 0 {
		return nil, warnings, sqlerr.New(sqlerr.DataCorrupted, 0, "no checkpoint in %s is whole", d.path).
			WithDetail("%s", strings.Join(warnings, "; ")).
			WithHint("Restore the folder from a copy, or begin anew with another --state-dir.")
	}
	return nil, nil, nil
}

func nameOf(epoch uint64) string { return fmt.Sprintf("%010d", epoch) }

// epochOf is the epoch that a name begins with; 0 where it begins with none.
func epochOf(name string) uint64 {
	digits, _, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ours reports whether a file has a name as Save gives it. What else is in the folder, such as somebody's copies, is
// neither read nor removed.
func ours(name string) bool {
	is := func(suffix string) bool { return name == nameOf(epochOf(name))+suffix }
	return is(".manifest") || is(".state") || is(".manifest.tmp") || is(".state.tmp")
}

func (d *Dir) read(name string) (*Checkpoint, error) {
	raw, err := d.readFile(name)
	if err != nil {
		return nil, err
	}
	m, err := decode(raw)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Manifest: m}
	if m.File == "" {
		return c, nil
	}
	if c.state, err = d.readFile(m.File); err != nil {
		return nil, err
	}
	return c, m.verify(c.state)
}

// unreadError is about a file that is there, and that the system does not let us read. What it holds may be whole, so
// it is no reason to step back.
type unreadError struct {
	name string
	err  error
}

func (e *unreadError) Error() string { return e.name + ": " + e.err.Error() }
func (e *unreadError) Unwrap() error { return e.err }

func (d *Dir) readFile(name string) ([]byte, error) {
	f, err := d.fs.Open(d.file(name), vfs.SequentialReadsOption)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, &unreadError{name, err}
	}
	raw, err := io.ReadAll(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, &unreadError{name, err}
	}
	return raw, nil
}

// Save writes the state, then the manifest, and removes what no kept manifest needs.
func (d *Dir) Save(m *Manifest, records []Record) error {
	m.Format, m.State, m.File = Format, nil, ""
	if len(records) > 0 {
		m.File = nameOf(m.Epoch) + ".state"
		err := d.write(m.File, func(w io.Writer) (err error) {
			m.State, err = writeState(w, records)
			return err
		})
		if err != nil {
			return ioError(err)
		}
	}
	body, err := m.encode()
	if err != nil {
		return err
	}
	err = d.write(nameOf(m.Epoch)+".manifest", func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
	if err != nil {
		return ioError(err)
	}
	return d.collect()
}

func ioError(err error) error {
	return sqlerr.New(sqlerr.IOError, 0, "cannot write a checkpoint: %v", err).Because(err)
}

// write puts a file in place whole: written under another name, synced, renamed, the folder synced.
func (d *Dir) write(name string, content func(io.Writer) error) error {
	tmp := d.file(name + ".tmp")
	f, err := d.fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	buf := bufio.NewWriterSize(f, writeBytes)
	if err = content(buf); err == nil {
		err = buf.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = d.fs.Rename(tmp, d.file(name))
	}
	if err != nil {
		return err
	}
	return syncDir(d.fs, d.path)
}

// collect removes all but the newest manifests, and the files that none of those names. A manifest that cannot be read
// keeps everything: what it needs is not known.
func (d *Dir) collect() error {
	names, err := d.manifests()
	if err != nil {
		return ioError(err)
	}
	needed := map[string]bool{"lock": true}
	for _, n := range names[:min(keep, len(names))] {
		raw, err := d.readFile(n)
		if err != nil {
			return nil
		}
		m, err := decode(raw)
		if err != nil {
			return nil
		}
		needed[n], needed[m.File] = true, true
	}
	all, err := d.fs.List(d.path)
	if err != nil {
		return ioError(err)
	}
	for _, n := range all {
		if !ours(n) || needed[n] {
			continue
		}
		if err := d.fs.Remove(d.file(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return ioError(err)
		}
	}
	return nil
}
