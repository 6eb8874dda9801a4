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

// Folder is a catalog kept on disk: a file for each table and view, which holds the statement that made it as the user
// wrote it, so that ${NAME} stays what it was and no secret is stored that the user did not write out.
type Folder struct {
	*Memory
	tables, views string
}

// Bind makes a table or a view of the statement that made it; the other is nil.
type Bind func(sql string) (*Table, *View, error)

// OpenFolder reads the tables under dir/tables and the views under dir/views, each bound again from its statement.
func OpenFolder(ctx context.Context, dir string, bind Bind) (*Folder, error) {
	f := &Folder{Memory: NewMemory(), tables: filepath.Join(dir, "tables"), views: filepath.Join(dir, "views")}
	for _, sub := range []string{f.tables, f.views} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, sqlerr.New(sqlerr.IOError, 0, "cannot make the data folder: %v", err)
		}
		files, err := filepath.Glob(filepath.Join(sub, "*.sql"))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			if err := f.read(path, bind); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func (f *Folder) read(path string, bind Bind) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot read the catalog: %v", err)
	}
	t, v, err := bind(string(text))
	if err == nil && t != nil {
		err = f.add(t) // whatever its name: an earlier version took others
	} else if err == nil {
		err = f.addView(v, false)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func file(dir string, n Name) string { return filepath.Join(dir, url.PathEscape(n.String())+".sql") }

// Create adds a table and has it on disk when it returns.
func (f *Folder) Create(ctx context.Context, t *Table) error {
	if err := f.Memory.Create(ctx, t); err != nil {
		return err
	}
	if err := WriteFile(file(f.tables, t.Name), strings.TrimSpace(t.SQL)+"\n"); err != nil {
		return errors.Join(sqlerr.New(sqlerr.IOError, 0, "cannot keep table %q: %v", t.Name.String(), err), f.Memory.Drop(ctx, t.Name))
	}
	return nil
}

// Drop removes a table.
func (f *Folder) Drop(ctx context.Context, n Name) error {
	if err := f.Memory.Drop(ctx, n); err != nil {
		return err
	}
	return remove(f.tables, n)
}

// CreateView adds or replaces a view and has it on disk when it returns.
func (f *Folder) CreateView(ctx context.Context, v *View, replace bool) error {
	old := f.View(ctx, v.Name)
	if err := f.Memory.CreateView(ctx, v, replace); err != nil {
		return err
	}
	err := WriteFile(file(f.views, v.Name), strings.TrimSpace(v.SQL)+"\n")
	if err == nil {
		return nil
	}
	err = sqlerr.New(sqlerr.IOError, 0, "cannot keep view %q: %v", v.Name.String(), err)
	if old != nil {
		return errors.Join(err, f.Memory.CreateView(ctx, old, true))
	}
	return errors.Join(err, f.Memory.DropView(ctx, v.Name))
}

// DropView removes a view.
func (f *Folder) DropView(ctx context.Context, n Name) error {
	if err := f.Memory.DropView(ctx, n); err != nil {
		return err
	}
	return remove(f.views, n)
}

// remove takes a file away for good.
func remove(dir string, n Name) error {
	if err := os.Remove(file(dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sqlerr.New(sqlerr.IOError, 0, "cannot remove %q from the catalog: %v", n.String(), err)
	}
	return syncDir(dir)
}

// WriteFile puts a file of mode 0600 in place, whole and on disk, or not at all.
func WriteFile(path, text string) error {
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
