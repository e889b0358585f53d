"""PixelCNN: masked convolutions, exact likelihoods, and fast exact sampling (chapter generation/pixelcnn)."""
