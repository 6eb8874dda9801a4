package catalog

import (
	"context"
	"slices"
	"strings"
	"sync"

	"millrace/sqlerr"
)

// Catalog resolves names. A miss is an error that lists the nearest names.
type Catalog interface {
	Table(context.Context, Name) (*Table, error)
	Tables(ctx context.Context, catalog, schema string) ([]Name, error)
	Create(ctx context.Context, t *Table) error
	Drop(context.Context, Name) error
	// View finds a view by its name; nil: there is none.
	View(context.Context, Name) *View
	Views(context.Context) []*View
	CreateView(ctx context.Context, v *View, replace bool) error
	DropView(context.Context, Name) error
}

// Memory is a catalog that lasts as long as the process. Its tables are not changed once created.
type Memory struct {
	mu     sync.RWMutex
	tables map[Name]*Table
	views  map[Name]*View
}

// NewMemory makes an empty catalog.
func NewMemory() *Memory { return &Memory{tables: map[Name]*Table{}, views: map[Name]*View{}} }

// Table finds a table by its name.
func (m *Memory) Table(_ context.Context, n Name) (*Table, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if t, ok := m.tables[n]; ok {
		return t, nil
	}
	if _, ok := m.views[n]; ok {
		return nil, isView(n)
	}
	names := make([]string, 0, len(m.tables)+len(m.views))
	for k := range m.tables {
		names = append(names, k.String())
	}
	for k := range m.views {
		names = append(names, k.String())
	}
	err := sqlerr.New(sqlerr.UndefinedTable, 0, "table %q does not exist", n.String())
	err.Hint = sqlerr.Suggest(n.String(), names)
	if err.Hint == "" {
		err.Hint = "Declare it with CREATE TABLE."
	}
	return nil, err
}

// Tables lists the tables, by name.
func (m *Memory) Tables(context.Context, string, string) ([]Name, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	names := make([]Name, 0, len(m.tables))
	for k := range m.tables {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b Name) int { return strings.Compare(a.String(), b.String()) })
	return names, nil
}

// Create adds a table; a table of that name is an error.
func (m *Memory) Create(_ context.Context, t *Table) error {
	if err := creatable(t.Name); err != nil {
		return err
	}
	return m.add(t)
}

// add is Create of whatever name.
func (m *Memory) add(t *Table) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tables[t.Name]; ok {
		return sqlerr.New(sqlerr.DuplicateTable, 0, "table %q already exists", t.Name.String()).
			WithHint("Use CREATE TABLE IF NOT EXISTS, or DROP TABLE it first.")
	}
	if _, ok := m.views[t.Name]; ok {
		return sqlerr.New(sqlerr.DuplicateTable, 0, "view %q already exists", t.Name.String()).
			WithHint("Tables and views have their names in common: use another, or DROP VIEW it first.")
	}
	m.tables[t.Name] = t
	return nil
}

// Drop removes a table.
func (m *Memory) Drop(ctx context.Context, n Name) error {
	if _, err := m.Table(ctx, n); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tables, n)
	return nil
}
