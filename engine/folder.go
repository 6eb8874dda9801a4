package engine

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/sqlerr"
)

// lockFile is what, in the data folder, the process that uses it holds locked.
const lockFile = "lock"

// takeFolder makes the data folder where there is none and takes it for this engine alone, until the lock is closed or
// the process ends: two that write one folder would each lose what the other does.
func takeFolder(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot make the data folder: %v", err).Because(err)
	}
	lock, err := vfs.Default.Lock(filepath.Join(dir, lockFile))
	var file *fs.PathError // of opening it; the lock itself gives another
	switch {
	case errors.As(err, &file):
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot use the data folder: %v", err).Because(err)
	case err != nil:
		return nil, sqlerr.New(sqlerr.ObjectInUse, 0, "the data folder %s is in use by another millrace", dir).Because(err).
			WithHint("If that is a server, ask it: millrace submit, or any PostgreSQL client. Otherwise end it first, or use another folder.")
	}
	return lock, nil
}
