// Package builtin is THE list of the connectors and formats of this binary. The command and the tests take it from
// here; nothing registers itself.
package builtin

import (
	"io"

	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/ipc"
	"millrace/formats/json"
	"millrace/formats/parquet"
	"millrace/sinks"
	"millrace/sinks/blackhole"
	sinkcassandra "millrace/sinks/cassandra"
	"millrace/sinks/console"
	sinkfile "millrace/sinks/file"
	sinkkafka "millrace/sinks/kafka"
	"millrace/sources"
	sourcefile "millrace/sources/file"
	sourcekafka "millrace/sources/kafka"
	"millrace/sources/nexmark"
)

// Formats are the encodings of records.
func Formats() []formats.Format { return []formats.Format{json.New(), csv.New()} }

// Columnar are the formats of files that hold columns.
func Columnar() []formats.Columnar { return []formats.Columnar{parquet.New(), ipc.New()} }

// Sources are the connectors that can be read.
func Sources() []sources.Connector {
	return []sources.Connector{sourcekafka.New(Formats()), sourcefile.New(Formats(), Columnar()), nexmark.New()}
}

// Sinks are the connectors that can be written to; out is where connector 'print' writes.
func Sinks(out io.Writer) []sinks.Connector {
	return []sinks.Connector{sinkkafka.New(Formats()), sinkcassandra.New(), sinkfile.New(Formats(), Columnar()), console.New(out, Formats()), blackhole.New()}
}
