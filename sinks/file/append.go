package file

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// appendTo adds a part to a file, once however often it is called and wherever it is cut off:
//
//  1. The part .x is renamed to .x.at-SIZE-HEADER, with the size of the file now: from here on it is known where its
//     rows go.
//  2. The file is cut to SIZE, in case rows of the part are there already, and gets the part without its header.
//  3. The part is removed: from here on it is known to be done.
//
// A file that is not there yet is the part itself under the file's name. Only one part of a file is between 1 and 3:
// whoever comes next ends that first.
func appendTo(t *token) error {
	if err := finish(t.Dir, t.Name); err != nil {
		return err
	}
	if _, err := os.Stat(t.path(t.Part)); os.IsNotExist(err) {
		return nil // done before
	}
	info, err := os.Stat(t.path(t.Name))
	if os.IsNotExist(err) {
		return t.rename()
	}
	if err != nil {
		return failed("commit", err)
	}
	marked := fmt.Sprintf("%s%s%d-%d", t.Part, mark, info.Size(), t.Header)
	if err := os.Rename(t.path(t.Part), t.path(marked)); err != nil {
		return failed("commit", err)
	}
	if err := syncDir(t.Dir); err != nil {
		return err
	}
	return finish(t.Dir, t.Name)
}

const mark = ".at-"

// finish does steps 2 and 3 for a part of a file that has step 1 behind it, if there is one.
func finish(dir, name string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return failed("commit", err)
	}
	for _, e := range entries {
		part, at, ok := strings.Cut(e.Name(), mark)
		if !ok || !strings.HasPrefix(part, "."+name+".") {
			continue
		}
		var size, header int64
		if _, err := fmt.Sscanf(at, "%d-%d", &size, &header); err != nil {
			continue // not one of ours
		}
		if err := add(filepath.Join(dir, name), filepath.Join(dir, e.Name()), size, header); err != nil {
			return failed("commit", err)
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return failed("commit", err)
		}
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// add writes a part, without its header, at a size of a file, behind a line end.
func add(file, part string, size, header int64) (err error) {
	in, err := os.Open(part)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
	}()
	info, err := out.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		return fmt.Errorf("%s has %d bytes where it had %d", file, info.Size(), size)
	}
	if err := out.Truncate(size); err != nil {
		return err
	}
	if _, err := out.Seek(size, io.SeekStart); err != nil {
		return err
	}
	if size == 0 {
		header = 0
	} else {
		var last [1]byte
		if _, err := out.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			if _, err := out.Write([]byte("\n")); err != nil {
				return err
			}
		}
	}
	if _, err := in.Seek(header, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
