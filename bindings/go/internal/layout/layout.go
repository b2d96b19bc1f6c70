// Package layout tells the sizes and offsets of the header's structures as cgo sees them.
package layout

// Row is the size of a structure, or the offset of a member.
type Row struct {
	Struct, Member string
	Bytes          uintptr
}
