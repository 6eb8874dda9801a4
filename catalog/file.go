package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"millrace/sqlerr"
)

// Folder is a catalog kept on disk: a file a table, which holds the statement that made it as the user wrote it, so
// that ${NAME} stays what it was and no secret is stored that the user did not write out.
type Folder struct {
	*Memory
	dir string
}

// OpenFolder reads the tables under dir/tables, each bound again from its statement by bind.
func OpenFolder(ctx context.Context, dir string, bind func(sql string) (*Table, error)) (*Folder, error) {
	f := &Folder{Memory: NewMemory(), dir: filepath.Join(dir, "tables")}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot make the data folder: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(f.dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, sqlerr.New(sqlerr.IOError, 0, "cannot read the catalog: %v", err)
		}
		t, err := bind(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := f.Memory.Create(ctx, t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return f, nil
}

func (f *Folder) path(n Name) string { return filepath.Join(f.dir, url.PathEscape(n.String())+".sql") }

// Create adds a table and has it on disk when it returns.
func (f *Folder) Create(ctx context.Context, t *Table) error {
	if err := f.Memory.Create(ctx, t); err != nil {
		return err
	}
	if err := writeFile(f.path(t.Name), strings.TrimSpace(t.SQL)+"\n"); err != nil {
		return errors.Join(sqlerr.New(sqlerr.IOError, 0, "cannot keep table %q: %v", t.Name.String(), err), f.Memory.Drop(ctx, t.Name))
	}
	return nil
}

// Drop removes a table.
func (f *Folder) Drop(ctx context.Context, n Name) error {
	if err := f.Memory.Drop(ctx, n); err != nil {
		return err
	}
	if err := os.Remove(f.path(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sqlerr.New(sqlerr.IOError, 0, "cannot remove table %q: %v", n.String(), err)
	}
	return syncDir(f.dir)
}

// writeFile puts a file in place whole or not at all.
func writeFile(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600: the text may hold secrets
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.WriteString(text); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
