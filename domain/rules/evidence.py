"""What a picture or a voice message must be before it is kept as evidence (spec 8: photos carry no place).

Nothing of the sent file is kept but what can be seen or heard: a picture is decoded and made anew.
"""

import io

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2560  # as Telegram itself keeps a photo
QUALITY = 85


class NotWhatItSaysError(Exception):
    """The bytes are no such picture or voice message, or one that nobody should try to decode."""


def clean_picture(content: bytes) -> bytes:
    """The picture as a JPEG with nothing besides: no place, time, device, comment or preview; it stands upright.

    Raises NotWhatItSaysError: no JPEG, PNG or WebP, cut off, or of more pixels than a camera makes.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                raise NotWhatItSaysError
            sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is not decoded in full
            upright = ImageOps.exif_transpose(sent)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _as_jpeg(upright)
    except NotWhatItSaysError:
        raise
    except Exception as error:
        # Bytes from anywhere: whatever a decoder stumbles over, it is no picture for us.
        raise NotWhatItSaysError from error


def _as_jpeg(picture: Image.Image) -> bytes:
    """On a sheet of its own: what the sent picture carried along stays behind."""
    seen = picture.convert("RGBA")
    sheet = Image.new("RGB", seen.size, "white")
    sheet.paste(seen, mask=seen.getchannel("A"))
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def check_voice(content: bytes) -> bytes:
    """The voice message as it is. Raises NotWhatItSaysError when it is no Ogg file, as messengers send them."""
    if not content.startswith(b"OggS"):
        raise NotWhatItSaysError
    return content
