package engine

import "context"

// ViewInfo tells of a materialized view.
type ViewInfo struct {
	Name string
	Status
}

// Views lists the materialized views, by name. One that nobody has needed yet is paused.
func (e *Engine) Views(ctx context.Context) ([]ViewInfo, error) {
	all, err := e.views.list(ctx)
	if err != nil {
		return nil, err
	}
	infos := make([]ViewInfo, len(all))
	for i, v := range all {
		infos[i] = ViewInfo{v.name.String(), v.sup.Status()}
	}
	return infos, nil
}
