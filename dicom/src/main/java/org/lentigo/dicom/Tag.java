package org.lentigo.dicom;

import java.util.Locale;

/** The tags that Lentigo looks at or writes: PS3.6, chapter 6. Group above, element below. */
final class Tag {
  static final int META_LENGTH = 0x0002_0000;
  static final int META_VERSION = 0x0002_0001;
  static final int MEDIA_SOP_CLASS = 0x0002_0002;
  static final int MEDIA_SOP_INSTANCE = 0x0002_0003;
  static final int TRANSFER_SYNTAX = 0x0002_0010;
  static final int IMPLEMENTATION_CLASS = 0x0002_0012;
  static final int IMPLEMENTATION_VERSION = 0x0002_0013;

  static final int CHARACTER_SET = 0x0008_0005;
  static final int IMAGE_TYPE = 0x0008_0008;
  static final int INSTANCE_CREATION_DATE = 0x0008_0012;
  static final int INSTANCE_CREATION_TIME = 0x0008_0013;
  static final int SOP_CLASS = 0x0008_0016;
  static final int SOP_INSTANCE = 0x0008_0018;
  static final int STUDY_DATE = 0x0008_0020;
  static final int CONTENT_DATE = 0x0008_0023;
  static final int ACQUISITION_DATE_TIME = 0x0008_002a;
  static final int STUDY_TIME = 0x0008_0030;
  static final int CONTENT_TIME = 0x0008_0033;
  static final int ACCESSION_NUMBER = 0x0008_0050;
  static final int QUERY_LEVEL = 0x0008_0052;
  static final int MODALITY = 0x0008_0060;
  static final int CONVERSION_TYPE = 0x0008_0064;
  static final int MANUFACTURER = 0x0008_0070;
  static final int REFERRING_PHYSICIAN = 0x0008_0090;
  static final int CODE_VALUE = 0x0008_0100;
  static final int CODING_SCHEMES = 0x0008_0110;
  static final int CODING_SCHEME_NAME = 0x0008_0115;
  static final int CODING_SCHEME = 0x0008_0102;
  static final int CODE_MEANING = 0x0008_0104;
  static final int STUDY_DESCRIPTION = 0x0008_1030;
  static final int SERIES_DESCRIPTION = 0x0008_103e;
  static final int MODEL_NAME = 0x0008_1090;
  static final int REFERENCED_PPS = 0x0008_1111;
  static final int REFERENCED_SERIES = 0x0008_1115;
  static final int REFERENCED_INSTANCES = 0x0008_114a;
  static final int REFERENCED_SOP_CLASS = 0x0008_1150;
  static final int REFERENCED_SOP_INSTANCE = 0x0008_1155;
  static final int REFERENCED_FRAME = 0x0008_1160;
  static final int REFERENCED_SOPS = 0x0008_1199;
  static final int DERIVATION_DESCRIPTION = 0x0008_2111;
  static final int SOURCE_IMAGES = 0x0008_2112;
  static final int ANATOMIC_REGION = 0x0008_2218;
  static final int DERIVATION_IMAGES = 0x0008_9124;
  static final int TIMEZONE = 0x0008_0201;
  static final int DERIVATION_CODE = 0x0008_9215;

  static final int PATIENT_NAME = 0x0010_0010;
  static final int PATIENT_ID = 0x0010_0020;
  static final int ISSUER_OF_PATIENT_ID = 0x0010_0021;
  static final int BIRTH_DATE = 0x0010_0030;
  static final int SEX = 0x0010_0040;
  static final int AGE = 0x0010_1010;
  static final int IDENTITY_REMOVED = 0x0012_0062;
  static final int DEIDENTIFICATION_METHOD = 0x0012_0063;
  static final int DEIDENTIFICATION_CODES = 0x0012_0064;

  static final int LIGHT_POLARIZATION = 0x0016_1001;
  static final int COLOUR_TEMPERATURE = 0x0016_1002;
  static final int CONTACT_METHOD = 0x0016_1003;
  static final int MAGNIFICATION = 0x0016_1005;
  static final int IMMERSION_MEDIA = 0x0016_1004;
  static final int DEVICE_SERIAL_NUMBER = 0x0018_1000;
  static final int DEVICE_SOFTWARE = 0x0018_1020;
  static final int SCANNED_SPACING = 0x0018_2010;

  static final int STUDY_INSTANCE = 0x0020_000d;
  static final int SERIES_INSTANCE = 0x0020_000e;
  static final int STUDY_ID = 0x0020_0010;
  static final int SERIES_NUMBER = 0x0020_0011;
  static final int INSTANCE_NUMBER = 0x0020_0013;
  static final int PATIENT_ORIENTATION = 0x0020_0020;
  static final int FRAME_OF_REFERENCE = 0x0020_0052;
  static final int LATERALITY = 0x0020_0060;
  static final int IMAGE_LATERALITY = 0x0020_0062;
  static final int POSITION_REFERENCE = 0x0020_1040;
  static final int STACK_ID = 0x0020_9056;
  static final int IN_STACK_POSITION = 0x0020_9057;
  static final int FRAME_CONTENT = 0x0020_9111;
  static final int DIMENSION_INDEX_VALUES = 0x0020_9157;
  static final int DIMENSION_ORGANIZATION = 0x0020_9164;
  static final int DIMENSION_INDEX_POINTER = 0x0020_9165;
  static final int FUNCTIONAL_GROUP_POINTER = 0x0020_9167;
  static final int DIMENSION_ORGANIZATIONS = 0x0020_9221;
  static final int DIMENSION_INDICES = 0x0020_9222;
  static final int DIMENSION_DESCRIPTION = 0x0020_9421;

  static final int SAMPLES = 0x0028_0002;
  static final int PHOTOMETRIC = 0x0028_0004;
  static final int PLANAR = 0x0028_0006;
  static final int FRAMES = 0x0028_0008;
  static final int ROWS = 0x0028_0010;
  static final int COLUMNS = 0x0028_0011;
  static final int PIXEL_SPACING = 0x0028_0030;
  static final int BITS_ALLOCATED = 0x0028_0100;
  static final int BITS_STORED = 0x0028_0101;
  static final int HIGH_BIT = 0x0028_0102;
  static final int SIGNED = 0x0028_0103;
  static final int BURNED_IN = 0x0028_0301;
  static final int RECOGNIZABLE = 0x0028_0302;
  static final int TIMES_REMOVED = 0x0028_0303;
  static final int PALETTE_DESCRIPTOR = 0x0028_1101;
  static final int PALETTE_DATA = 0x0028_1201;
  static final int ICC_PROFILE = 0x0028_2000;
  static final int LOCATIONS_PRESERVED = 0x0028_135a;
  static final int LOSSY = 0x0028_2110;
  static final int LOSSY_RATIO = 0x0028_2112;
  static final int LOSSY_METHOD = 0x0028_2114;

  static final int ACQUISITION_CONTEXT = 0x0040_0555;
  static final int RELATION = 0x0040_a010;
  static final int VALUE_TYPE = 0x0040_a040;
  static final int CONCEPT_NAME = 0x0040_a043;
  static final int CONTINUITY = 0x0040_a050;
  static final int UID_VALUE = 0x0040_a124;
  static final int TEXT_VALUE = 0x0040_a160;
  static final int CODE = 0x0040_a168;
  static final int PURPOSE = 0x0040_a170;
  static final int MEASURED_VALUES = 0x0040_a300;
  static final int NUMERIC_VALUE = 0x0040_a30a;
  static final int UNITS = 0x0040_08ea;
  static final int CURRENT_EVIDENCE = 0x0040_a375;
  static final int PERFORMED_CODES = 0x0040_a372;
  static final int COMPLETION = 0x0040_a491;
  static final int VERIFICATION = 0x0040_a493;
  static final int TEMPLATES = 0x0040_a504;
  static final int CONTENT = 0x0040_a730;
  static final int MAPPING_RESOURCE = 0x0008_0105;
  static final int TEMPLATE_ID = 0x0040_db00;

  static final int SEGMENTATION_TYPE = 0x0062_0001;
  static final int SEGMENTS = 0x0062_0002;
  static final int SEGMENT_CATEGORY = 0x0062_0003;
  static final int SEGMENT_NUMBER = 0x0062_0004;
  static final int SEGMENT_LABEL = 0x0062_0005;
  static final int SEGMENT_ALGORITHMS = 0x0062_0007;
  static final int SEGMENT_ALGORITHM_TYPE = 0x0062_0008;
  static final int SEGMENT_ALGORITHM_NAME = 0x0062_0009;
  static final int SEGMENT_IDENTIFICATION = 0x0062_000a;
  static final int REFERENCED_SEGMENT = 0x0062_000b;
  static final int DISPLAY_COLOUR = 0x0062_000d;
  static final int SEGMENT_TYPE = 0x0062_000f;
  static final int TRACKING_ID = 0x0062_0020;
  static final int TRACKING_UID = 0x0062_0021;
  static final int ALGORITHM_FAMILY = 0x0066_002f;
  static final int ALGORITHM_VERSION = 0x0066_0031;
  static final int ALGORITHM_PARAMETERS = 0x0066_0032;
  static final int ALGORITHM_NAME = 0x0066_0036;
  static final int ALGORITHM_SOURCE = 0x0024_0202;

  static final int CONTENT_LABEL = 0x0070_0080;
  static final int CONTENT_DESCRIPTION = 0x0070_0081;
  static final int CONTENT_CREATOR = 0x0070_0084;

  static final int SHARED_GROUPS = 0x5200_9229;
  static final int FRAME_GROUPS = 0x5200_9230;

  static final int OFFSET_TABLE = 0x7fe0_0001;
  static final int OFFSET_TABLE_LENGTHS = 0x7fe0_0002;
  static final int FLOAT_PIXELS = 0x7fe0_0008;
  static final int DOUBLE_PIXELS = 0x7fe0_0009;
  static final int PIXEL_DATA = 0x7fe0_0010;

  static final int ITEM = 0xfffe_e000;
  static final int SEQUENCE_END = 0xfffe_e0dd;

  private Tag() {}

  /** As the standard writes it, such as {@code (0028,0010)}. */
  static String name(int tag) {
    // Behind a wrong length it is a part of some value, of a name perhaps: not to be repeated.
    if (Vr.known(tag) == null && tag >>> 16 != 0xfffe) {
      return "an element that is in no dictionary";
    }
    return String.format(Locale.ROOT, "(%04x,%04x)", tag >>> 16, tag & 0xffff);
  }

  /** Whether a vendor made it up. */
  static boolean isPrivate(int tag) {
    return (tag >>> 16 & 1) == 1;
  }
}
