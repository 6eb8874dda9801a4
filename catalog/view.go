package catalog

import (
	"context"
	"slices"
	"strings"

	"millrace/sqlerr"
)

// View is a query by a name. It is bound each time that it is used.
type View struct {
	Name    Name
	Columns []string // names for the query's columns, from the left
	Query   string   // its SQL
	SQL     string   // the statement that made it
}

// View finds a view by its name; nil: there is none.
func (m *Memory) View(_ context.Context, n Name) *View {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.views[n]
}

// Views lists the views, by name.
func (m *Memory) Views(context.Context) []*View {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make([]*View, 0, len(m.views))
	for _, v := range m.views {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b *View) int { return strings.Compare(a.Name.String(), b.Name.String()) })
	return out
}

// CreateView adds a view, or puts it in the place of the one of its name.
func (m *Memory) CreateView(_ context.Context, v *View, replace bool) error {
	if err := creatable(v.Name); err != nil {
		return err
	}
	return m.addView(v, replace)
}

// addView is CreateView of whatever name.
func (m *Memory) addView(v *View, replace bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tables[v.Name]; ok {
		return isTable(v.Name)
	}
	if _, ok := m.views[v.Name]; ok && !replace {
		return sqlerr.New(sqlerr.DuplicateTable, 0, "view %q already exists", v.Name.String()).
			WithHint("Use CREATE OR REPLACE VIEW, or DROP VIEW it first.")
	}
	m.views[v.Name] = v
	return nil
}

// DropView removes a view.
func (m *Memory) DropView(_ context.Context, n Name) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.views[n]; ok {
		delete(m.views, n)
		return nil
	}
	if _, ok := m.tables[n]; ok {
		return isTable(n)
	}
	names := make([]string, 0, len(m.views))
	for k := range m.views {
		names = append(names, k.String())
	}
	err := sqlerr.New(sqlerr.UndefinedTable, 0, "view %q does not exist", n.String())
	err.Hint = sqlerr.Suggest(n.String(), names)
	return err
}

func isTable(n Name) error {
	return sqlerr.New(sqlerr.WrongObjectType, 0, "%q is not a view", n.String()).WithHint("It is a table: use DROP TABLE.")
}

func isView(n Name) error {
	return sqlerr.New(sqlerr.WrongObjectType, 0, "%q is not a table", n.String()).WithHint("It is a view: use DROP VIEW.")
}
