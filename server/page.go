package server

import (
	"bytes"
	"html/template"
	"net/http"
	"time"

	"millrace/engine"
)

// page is the status of the server for a person: one page without scripts, style or anything from elsewhere.
var page = template.Must(template.New("status").Funcs(template.FuncMap{
	"at": func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	},
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>millrace</title></head>
<body>
<h1>millrace</h1>
<p>{{.Version}}, since {{at .Started}}. <a href="metrics">Metrics</a> · <a href="v1/openapi.json">REST</a></p>
<h2>Jobs</h2>
{{if .Jobs}}<table border="1" cellpadding="4">
<tr><th>name<th>state<th>rows in<th>rows out<th>lag<th>watermark<th>checkpoint<th>restarts<th>reason</tr>
{{range .Jobs}}<tr><td>{{.Name}}<td>{{.State}}<td align="right">{{.Progress.RowsIn}}<td align="right">{{.Progress.RowsOut}}<td align="right">{{with .Progress.Lag}}{{.}}{{end}}<td>{{at .Progress.Watermark}}<td align="right">{{.Progress.Checkpoint}}<td align="right">{{.Restarts}}<td>{{.Reason}}</tr>
{{end}}</table>{{else}}<p>There are none.</p>{{end}}
<h2>Materialized views</h2>
{{if .Views}}<table border="1" cellpadding="4">
<tr><th>name<th>state<th>rows in<th>changes out<th>restarts<th>reason</tr>
{{range .Views}}<tr><td>{{.Name}}<td>{{.State}}<td align="right">{{.Progress.RowsIn}}<td align="right">{{.Progress.RowsOut}}<td align="right">{{.Restarts}}<td>{{.Reason}}</tr>
{{end}}</table>{{else}}<p>There are none.</p>{{end}}
</body>
</html>
`))

// writePage shows the status.
func (s *Server) writePage(w http.ResponseWriter, r *request) error {
	list, err := s.jobs(r)
	if err != nil {
		return err
	}
	views, err := r.engine.Views(r.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, struct {
		Version string
		Started *time.Time
		Jobs    []Job
		Views   []engine.ViewInfo
	}{s.version, &s.started, list.(JobList).Jobs, views}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	_, _ = w.Write(b.Bytes()) // an error: the client is gone
	return nil
}
