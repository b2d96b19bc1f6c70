// Package slipstream is a replica of your NATS KV bucket inside this process: libslipstream by cgo.
//
// A bucket is followed into a fold, a durable local copy, batch by batch, and the position moves only
// after you have applied the batch: see the example, and Watch.Run.
//
// # Crossings
//
// A batch comes in one call into C and goes by another: all keys and values are copied once, in one
// block, and Batch.Updates reads them there. Nothing is called from C into Go for an update. That is
// why there is no watch with callbacks here, and why folds and object stores of your own are not
// offered: their functions would be called for every key. A bucket of your own is
// (OpenForeignBucket): its source appends many updates in one call.
//
// # Contexts
//
// What may wait for something that need not come takes a context. Watch.Next, Watch.WaitCaughtUp and
// Watch.WaitRevision end with it at once, and the watch goes on. A call that asks a server cannot be
// ended from outside and is bounded by an option (RequestTimeout, ConnectTimeout): with its context
// over, it is left behind and the caller goes on; a write is ErrIndeterminate then. What works on
// this machine's disk alone takes none. A waiting call holds a thread of the system.
//
// # Errors
//
// Every error is, or wraps, an *Error with the status as Code. errors.Is asks for a status
// (ErrNotFound), for what it means in io/fs (fs.ErrNotExist, fs.ErrClosed), and for the error of the
// context that ended the call.
//
// # Handles
//
// Every handle is an io.Closer. Close may be called again and from any goroutine: calls that are
// inside finish, later ones are ErrClosed. A child keeps its parents alive. What is forgotten is
// closed when the collector finds it, which is a net and no plan: a Watch or a Batch that is
// forgotten ends its watch. A Go program cannot fork without exec; a child made by C code in the
// process gets SLIP_FORKED as in C.
//
// # Options
//
// Each kind of options has a struct, generated from what the library tells of itself. A zero field
// means the default; where zero is a setting of its own, the field is a pointer. More sets an option
// by name.
//
// # The library
//
// The package is built with `#cgo pkg-config: slipstream`; PKG_CONFIG_PATH may name the folder of an
// installed prefix or of a build tree (BUILD/pkgconfig). The program loads libslipstream.so.0 when
// it starts. Where the loader does not find it the program does not begin: "error while loading
// shared libraries: libslipstream.so.0: cannot open shared object file: No such file or directory",
// status 127. A library that is too old, or of another ABI epoch, is refused with ErrUnsupported by
// every call that opens something; one that lacks a function which this package needs ends the
// program by the loader, which names it ("undefined symbol"), at the first call of it, or at the start
// with LD_BIND_NOW.
package slipstream
