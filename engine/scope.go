package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"millrace/catalog"
	"millrace/sqlerr"
)

// scope is a catalog of tables and views that are one job's own, over the server's, which they hide where the name is
// the same. It notes what of the server was found by its name.
type scope struct {
	catalog.Catalog // the server's
	own             *catalog.Memory

	mu   sync.Mutex
	used map[catalog.Name]bool
}

func newScope(server catalog.Catalog) *scope {
	return &scope{Catalog: server, own: catalog.NewMemory(), used: map[catalog.Name]bool{}}
}

// has reports whether a name is the job's own.
func (s *scope) has(ctx context.Context, n catalog.Name) bool {
	_, err := s.own.Table(ctx, n)
	return err == nil || s.own.View(ctx, n) != nil
}

func (s *scope) note(n catalog.Name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[n] = true
}

// uses lists what of the server was used, by name.
func (s *scope) uses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for n := range s.used {
		out = append(out, n.String())
	}
	slices.Sort(out)
	return out
}

func (s *scope) Table(ctx context.Context, n catalog.Name) (*catalog.Table, error) {
	if s.has(ctx, n) {
		return s.own.Table(ctx, n)
	}
	t, err := s.Catalog.Table(ctx, n)
	if err == nil {
		s.note(n)
		return t, nil
	}
	return nil, s.suggest(ctx, n, err)
}

// suggest has the nearest name be one of the job's own or of the server's.
func (s *scope) suggest(ctx context.Context, n catalog.Name, err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.UndefinedTable {
		return err
	}
	tables, _ := s.Tables(ctx, "", "")
	var names []string
	for _, t := range tables {
		names = append(names, t.String())
	}
	for _, v := range s.Views(ctx) {
		names = append(names, v.Name.String())
	}
	if hint := sqlerr.Suggest(n.String(), names); hint != "" {
		e.Hint = hint
	}
	return err
}

func (s *scope) Tables(ctx context.Context, cat, schema string) ([]catalog.Name, error) {
	names, err := s.Catalog.Tables(ctx, cat, schema)
	if err != nil {
		return nil, err
	}
	own, err := s.own.Tables(ctx, cat, schema)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n catalog.Name) bool { return s.has(ctx, n) })
	names = append(names, own...)
	slices.SortFunc(names, func(a, b catalog.Name) int { return strings.Compare(a.String(), b.String()) })
	return names, nil
}

func (s *scope) View(ctx context.Context, n catalog.Name) *catalog.View {
	if s.has(ctx, n) {
		return s.own.View(ctx, n)
	}
	v := s.Catalog.View(ctx, n)
	if v != nil {
		s.note(n)
	}
	return v
}

func (s *scope) Views(ctx context.Context) []*catalog.View {
	views := slices.DeleteFunc(slices.Clone(s.Catalog.Views(ctx)), func(v *catalog.View) bool { return s.has(ctx, v.Name) })
	return append(views, s.own.Views(ctx)...)
}

// CreateView makes a view of the job's own.
func (s *scope) CreateView(ctx context.Context, v *catalog.View, replace bool) error {
	return s.own.CreateView(ctx, v, replace)
}

// DropView drops one that is the job's own, else the server's.
func (s *scope) DropView(ctx context.Context, n catalog.Name) error {
	if s.has(ctx, n) {
		return s.own.DropView(ctx, n)
	}
	return s.Catalog.DropView(ctx, n)
}
