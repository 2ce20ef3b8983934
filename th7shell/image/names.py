"""The names of image by the files that define them; a file is imported when one of its names is
first read."""

from __future__ import annotations

NAMES = {
    "scaling": "scale",
    "files": "load save getSize decompress is_supported decompressPNG decompressJPG loadPNG loadJPG"
    " loadPPM savePNG saveJPG savePPM savePGM compressPNG compressJPG getPNGsize getJPGsize"
    " getPPMsize",
    "geometry": "crop translate flip hflip vflip",
    "turning": "rotate polar logpolar",
    "warping": "warp affinetransform",
    "colour": "rgb2y rgb2hsl hsl2rgb rgb2hsv hsv2rgb rgb2lab lab2rgb rgb2yuv yuv2rgb rgb2nrgb"
    " jetColormap colormap y2jet",
    "filters": "gaussian gaussian1D laplacian convolve lcn gaussianpyramid erode dilate",
    "compose": "minmax toDisplayTensor",
    "drawing": "drawRect drawText",
    "viewing": "display window",
    "sample": "lena fabio",
    "selftest": "test",
}
