package flow

// Kind tells the things that travel on an edge apart.
type Kind uint8

const (
	Data Kind = iota
	Watermark
	Idle // nothing will hold the watermark back here until the next Data or Watermark
	Barrier
	End
)

func (k Kind) String() string { return [...]string{"data", "watermark", "idle", "barrier", "end"}[k] }

// Event is one element on an edge: rows and control travel in one order.
type Event struct {
	Kind  Kind
	Batch *Batch // Data
	Time  Time   // Watermark
	Epoch uint64 // Barrier
}
