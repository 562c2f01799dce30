package platformtest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// PNG is a square picture of one colour.
func PNG(side int, c color.Color) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, square(side, c)); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// JPEG is a square picture of one colour.
func JPEG(side int, c color.Color) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, square(side, c), nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func square(side int, c color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		img.Set(i%side, i/side, c)
	}
	return img
}
