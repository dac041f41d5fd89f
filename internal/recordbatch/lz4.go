package recordbatch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	"github.com/pierrec/lz4/v4"
)

// The LZ4 frame format is read and written here, around the library's block
// functions: one frame is in memory as a whole, which needs none of a stream's
// buffers; sizes are bounded before anything is allocated; and legacy messages
// need the header checksum left alone.

const (
	lz4Magic         = 0x184D2204
	lz4Version       = 1 << 6
	lz4VersionMask   = 3 << 6
	lz4Independent   = 1 << 5
	lz4BlockChecksum = 1 << 4
	lz4ContentSize   = 1 << 3
	lz4ContentSum    = 1 << 2
	lz4Dictionary    = 1 << 0
	lz4Stored        = 1 << 31
	lz4Window        = 64 << 10
	lz4Block         = 64 << 10 // the block size that Java writes
)

var errLZ4 = errors.New("malformed lz4 frame")

// lz4Frame is what a frame header tells.
type lz4Frame struct {
	flags    byte
	maxBlock int
	body     []byte // blocks and whatever follows them
}

// lz4Header parses src. Old clients hashed the magic too (KAFKA-3160), so the
// header checksum of legacy messages means nothing.
func lz4Header(src []byte, checksum bool) (lz4Frame, error) {
	if len(src) < 7 || binary.LittleEndian.Uint32(src) != lz4Magic {
		return lz4Frame{}, fmt.Errorf("%w: no frame magic", errLZ4)
	}
	flags, size := src[4], src[5]>>4&7
	if flags&lz4VersionMask != lz4Version || flags&lz4Dictionary != 0 || size < 4 {
		return lz4Frame{}, fmt.Errorf("%w: flags %02x%02x", errLZ4, flags, src[5])
	}
	end := 6
	if flags&lz4ContentSize != 0 {
		end += 8
	}
	if len(src) <= end {
		return lz4Frame{}, fmt.Errorf("%w: header is cut short", errLZ4)
	}
	if checksum && src[end] != byte(shortXXH32(src[4:end])>>8) {
		return lz4Frame{}, fmt.Errorf("%w: header checksum", errLZ4)
	}
	return lz4Frame{flags: flags, maxBlock: 1 << (8 + 2*size), body: src[end+1:]}, nil
}

// unlz4 appends what the frames in src inflate to. Block and content checksums
// are skipped: the batch's own checksum covers these bytes.
func unlz4(dst, src []byte, limit int, checksum bool) ([]byte, error) {
	for first := true; first || (len(src) >= 4 && binary.LittleEndian.Uint32(src) == lz4Magic); first = false {
		f, err := lz4Header(src, checksum)
		if err != nil {
			return nil, err
		}
		if dst, src, err = f.inflate(dst, limit); err != nil {
			return nil, err
		}
	}
	return dst, nil // like Java, leave alone what follows the last frame
}

// inflate appends the frame's blocks to dst and returns what follows the frame.
func (f lz4Frame) inflate(dst []byte, limit int) (out, rest []byte, err error) {
	start, src := len(dst), f.body
	for {
		if len(src) < 4 {
			return nil, nil, fmt.Errorf("%w: no end mark", errLZ4)
		}
		size := binary.LittleEndian.Uint32(src)
		src = src[4:]
		if size == 0 {
			break
		}
		n := int(size &^ lz4Stored)
		if n > f.maxBlock || n > len(src) {
			return nil, nil, fmt.Errorf("%w: block of %d bytes", errLZ4, n)
		}
		if size&lz4Stored != 0 {
			dst = append(dst, src[:n]...)
		} else if dst, err = f.block(dst, src[:n], start, limit); err != nil {
			return nil, nil, err
		}
		if len(dst) > limit {
			return nil, nil, errTooMuch
		}
		src = src[n:]
		if f.flags&lz4BlockChecksum != 0 {
			src = src[min(4, len(src)):]
		}
	}
	if f.flags&lz4ContentSum != 0 {
		src = src[min(4, len(src)):]
	}
	return dst, src, nil
}

// block appends one inflated block; start is where the frame began in dst.
func (f lz4Frame) block(dst, src []byte, start, limit int) ([]byte, error) {
	// A byte of a block stands for at most 255.
	room := min(f.maxBlock, len(src)*255, limit+1-len(dst))
	at := len(dst)
	var dict []byte
	if f.flags&lz4Independent == 0 {
		dict = dst[max(start, at-lz4Window):at]
	}
	// Blocks say nothing of their size, and most need far less than they may:
	// try with what is there before making room.
	if have := cap(dst) - at; have >= len(src) && have < room {
		if n, err := lz4.UncompressBlockWithDict(src, dst[at:cap(dst)], dict); err == nil {
			return dst[:at+n], nil
		}
	}
	dst = slices.Grow(dst, room)
	n, err := lz4.UncompressBlockWithDict(src, dst[at:at+room], dict)
	if err != nil {
		if room == limit+1-at {
			return nil, errTooMuch
		}
		return nil, fmt.Errorf("%w: %w", errLZ4, err)
	}
	return dst[:at+n], nil
}

var lz4Compressors = sync.Pool{New: func() any { return new(lz4.Compressor) }}

func doLZ4(dst, src []byte) ([]byte, error) {
	c := lz4Compressors.Get().(*lz4.Compressor)
	defer lz4Compressors.Put(c)
	dst = binary.LittleEndian.AppendUint32(dst, lz4Magic)
	dst = append(dst, lz4Version|lz4Independent, 4<<4, 0x82)
	for len(src) > 0 {
		block := src[:min(len(src), lz4Block)]
		src = src[len(block):]
		dst = slices.Grow(dst, 4+lz4.CompressBlockBound(len(block)))
		at := len(dst) + 4
		n, err := c.CompressBlock(block, dst[at:cap(dst)])
		if err != nil {
			return nil, err
		}
		if n > 0 && n < len(block) {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(n))[:at+n]
			continue
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(block))|lz4Stored)
		dst = append(dst, block...)
	}
	return append(dst, 0, 0, 0, 0), nil
}

// shortXXH32 is xxHash-32, seed 0, of fewer than 16 bytes: all that a frame
// header has.
func shortXXH32(b []byte) uint32 {
	const p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
	h := uint32(p5) + uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*p3, 17) * p4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*p5, 11) * p1
	}
	h = (h ^ h>>15) * p2
	h = (h ^ h>>13) * p3
	return h ^ h>>16
}
