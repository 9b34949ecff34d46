# cython: language_level=3
"""Memory that grows, and that Arrow takes over without a copy."""

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_FillInfo
from libc.stdlib cimport free, realloc


cdef Status grow(Vec* vec, int64_t extra, int64_t limit) noexcept nogil:
    """Double the memory, or more; at most `limit` bytes."""
    cdef int64_t capacity = max(vec.size + extra, 2 * vec.capacity, 256)
    cdef void* data
    if extra > limit - vec.size:
        return TOO_LARGE
    capacity = min(capacity, limit)
    data = realloc(vec.data, capacity + SLACK)
    if data == NULL:
        return NO_MEMORY
    vec.data = <uint8_t*> data
    vec.capacity = capacity
    return OK


cdef class Memory:
    """Bytes that were made without Python, freed when the last reader lets go of them."""

    def __dealloc__(self):
        free(self.data)

    @staticmethod
    cdef Memory take(uint8_t* data, int64_t size):
        """Own `data`, which malloc gave, of which `size` bytes are to be read."""
        cdef Memory memory = Memory.__new__(Memory)
        memory.data = data
        memory.size = size
        return memory

    def __getbuffer__(self, Py_buffer* view, int flags):
        if flags & PyBUF_WRITABLE == PyBUF_WRITABLE:
            raise BufferError("what Arrow shares is read-only")
        # data that was never needed has no address, which a buffer must have
        PyBuffer_FillInfo(view, self, self.data if self.data != NULL else <void*> b"", self.size, True, flags)
